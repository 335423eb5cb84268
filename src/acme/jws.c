/* SPDX-License-Identifier: Apache-2.0 */
/* JWS, see jws.h. Any thread. */
#include "acme/jws.h"

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"

enum {
	COORDINATE = 32, /* bytes */
	KEY_MAX = 256,   /* bytes of a JWK */
	HEAD_MAX = 16 * 1024,
	DIGEST_LEN = 32,
};

static struct str bytes(const uint8_t *ptr, size_t len)
{
	return str_make((const char *)ptr, len);
}

enum err jws_add_key(struct sbuf *out, const uint8_t pub[P256_PUBLIC])
{
	sbuf_lit(out, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
	base64_url_encode(out, bytes(pub + 1, COORDINATE));
	sbuf_lit(out, "\",\"y\":\"");
	base64_url_encode(out, bytes(pub + 1 + COORDINATE, COORDINATE));
	return sbuf_lit(out, "\"}");
}

void jws_thumbprint(const uint8_t pub[P256_PUBLIC], char ret_text[JWS_THUMBPRINT + 1])
{
	struct sbuf key scoped(sbuf_done) = SBUF(KEY_MAX), text scoped(sbuf_done) = SBUF(KEY_MAX);
	uint8_t digest[DIGEST_LEN];

	must(jws_add_key(&key, pub) == OK);
	digest_of(DIGEST_SHA256, sbuf_str(&key), digest);
	must(base64_url_encode(&text, bytes(digest, DIGEST_LEN)) == OK);
	must(text.len == JWS_THUMBPRINT);
	memcpy(ret_text, text.ptr, text.len);
	ret_text[text.len] = '\0';
}

/* Appends what is signed: head and payload, with a dot between (RFC 7515 5.1). */
static enum err add_input(struct sbuf *out, const struct sbuf *head, struct str payload)
{
	base64_url_encode(out, sbuf_str(head));
	sbuf_add_char(out, '.');
	base64_url_encode(out, payload);
	return head->err ? head->err : out->err;
}

/* The flattened form (RFC 7515 7.2.2) of what was signed. */
static enum err add_flat(struct sbuf *out, struct str input, struct str signature)
{
	struct str head = STR_NONE;

	must(str_split(&input, '.', &head));
	sbuf_lit(out, "{\"protected\":\"");
	sbuf_add(out, head);
	sbuf_lit(out, "\",\"payload\":\"");
	sbuf_add(out, input);
	sbuf_lit(out, "\",\"signature\":\"");
	base64_url_encode(out, signature);
	return sbuf_lit(out, "\"}");
}

enum err jws_sign(struct sbuf *out, const struct p256_key *key, const struct jws_head *head,
		  struct str payload)
{
	struct sbuf text scoped(sbuf_done) = SBUF(HEAD_MAX),
			 input scoped(sbuf_done) = SBUF(out->limit);
	uint8_t signature[P256_SIGNATURE];
	enum err e;

	sbuf_lit(&text, "{\"alg\":\"ES256\",");
	if (head->account.len) {
		sbuf_lit(&text, "\"kid\":");
		json_add_text(&text, head->account);
	} else {
		sbuf_lit(&text, "\"jwk\":");
		jws_add_key(&text, key->pub);
	}
	sbuf_lit(&text, ",\"nonce\":");
	json_add_text(&text, head->nonce);
	sbuf_lit(&text, ",\"url\":");
	json_add_text(&text, head->url);
	sbuf_lit(&text, "}");
	e = add_input(&input, &text, payload);
	if (e)
		return e;
	p256_sign(key, sbuf_str(&input), signature);
	return add_flat(out, sbuf_str(&input), bytes(signature, sizeof(signature)));
}

enum err jws_bind(struct sbuf *out, const uint8_t pub[P256_PUBLIC], struct str url, struct str id,
		  struct str hmac)
{
	struct sbuf text scoped(sbuf_done) = SBUF(HEAD_MAX), key scoped(sbuf_done) = SBUF(KEY_MAX),
			 input scoped(sbuf_done) = SBUF(HEAD_MAX);
	uint8_t mac[DIGEST_LEN];
	enum err e;

	sbuf_lit(&text, "{\"alg\":\"HS256\",\"kid\":");
	json_add_text(&text, id);
	sbuf_lit(&text, ",\"url\":");
	json_add_text(&text, url);
	sbuf_lit(&text, "}");
	must(jws_add_key(&key, pub) == OK);
	e = add_input(&input, &text, sbuf_str(&key));
	if (e)
		return e;
	digest_hmac(DIGEST_SHA256, hmac, sbuf_str(&input), mac);
	return add_flat(out, sbuf_str(&input), bytes(mac, sizeof(mac)));
}
