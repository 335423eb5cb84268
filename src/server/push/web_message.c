/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted and signed, see web_message.h. */
#include "server/push/web_message.h"

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "crypto/secret.h"

static struct str view(const uint8_t *bytes, size_t len)
{
	return str_make((const char *)bytes, len);
}

/* ---- RFC 8291 ---- */

struct content_keys {
	uint8_t key[16], nonce[SEAL_NONCE];
};

/* RFC 8291 3.3: what both sides make out of the secret they agree on. */
static enum err derive(const struct web_message_keys *k, struct content_keys *ret_keys)
{
	char info[sizeof("WebPush: info") + 2 * P256_PUBLIC] = "WebPush: info";
	uint8_t secret[P256_SECRET], input[32];
	struct str salt = view(k->salt, sizeof(k->salt));
	enum err err = p256_agree(&k->sender, k->receiver, secret);

	if (err)
		return err;
	memcpy(info + sizeof("WebPush: info"), k->receiver, P256_PUBLIC);
	memcpy(info + sizeof("WebPush: info") + P256_PUBLIC, k->sender.pub, P256_PUBLIC);
	kdf_hkdf(view(k->auth, WEB_MESSAGE_AUTH), view(secret, sizeof(secret)),
		 str_make(info, sizeof(info)), input, sizeof(input));
	/* RFC 8188 2.2, 2.3; the NUL counts */
	kdf_hkdf(salt, view(input, sizeof(input)), STR("Content-Encoding: aes128gcm\0"),
		 ret_keys->key, sizeof(ret_keys->key));
	kdf_hkdf(salt, view(input, sizeof(input)), STR("Content-Encoding: nonce\0"),
		 ret_keys->nonce, sizeof(ret_keys->nonce));
	secret_wipe(secret, sizeof(secret));
	secret_wipe(input, sizeof(input));
	return OK;
}

/* RFC 8188 2.1: one record, of at most WEB_MESSAGE_MAX bytes; its key id is the sender's key. */
static void add_head(struct sbuf *out, const struct web_message_keys *k)
{
	static const char size[] = { 0, 0, WEB_MESSAGE_MAX >> 8, 0, P256_PUBLIC };

	(void)sbuf_add(out, view(k->salt, sizeof(k->salt)));
	(void)sbuf_add(out, str_make(size, sizeof(size)));
	(void)sbuf_add(out, view(k->sender.pub, P256_PUBLIC));
}

enum err web_message_seal(struct sbuf *out, const struct web_message_keys *keys, struct str plain)
{
	uint8_t record[WEB_MESSAGE_PLAIN_MAX + 1], sealed[sizeof(record) + SEAL_TAG];
	struct content_keys content;
	enum err err;

	if (plain.len > WEB_MESSAGE_PLAIN_MAX)
		return ERR_TOO_BIG;
	err = derive(keys, &content);
	if (err)
		return err;
	if (plain.len)
		memcpy(record, plain.ptr, plain.len);
	record[plain.len] = 2; /* the last record, RFC 8188 2 */
	seal_once(content.key, content.nonce, view(record, plain.len + 1), sealed);
	add_head(out, keys);
	(void)sbuf_add(out, view(sealed, plain.len + 1 + SEAL_TAG));
	secret_wipe(&content, sizeof(content));
	secret_wipe(record, sizeof(record));
	return out->err;
}

/* ---- RFC 8292 ---- */

/* RFC 6454 6.2: as browsers would write it. */
static void add_origin(struct sbuf *out, const struct url *u)
{
	(void)sbuf_add(out, u->is_https ? STR("https://") : STR("http://"));
	(void)sbuf_add(out, u->is_v6 ? STR("[") : STR(""));
	for (size_t i = 0; i < u->host.len; i++) {
		char c = u->host.ptr[i];

		(void)sbuf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
	(void)sbuf_add(out, u->is_v6 ? STR("]") : STR(""));
	if (u->port != (u->is_https ? 443 : 80))
		(void)sbuf_printf(out, ":%u", u->port);
}

static void add_claims(struct sbuf *out, const struct url *endpoint, struct str subject,
		       usec_t wall_end)
{
	struct sbuf origin scoped(sbuf_done) = SBUF(2 * URL_HOST_MAX);

	add_origin(&origin, endpoint);
	(void)sbuf_lit(out, "{\"aud\":");
	(void)json_add_text(out, sbuf_str(&origin));
	(void)sbuf_printf(out, ",\"exp\":%lld", (long long)(wall_end / USEC_PER_SEC));
	(void)sbuf_lit(out, ",\"sub\":");
	(void)json_add_text(out, subject);
	(void)sbuf_lit(out, "}");
}

enum err web_message_authorize(struct sbuf *out, const struct p256_key *key,
			       const struct url *endpoint, struct str subject, usec_t wall_end)
{
	struct sbuf claims scoped(sbuf_done) = SBUF(WEB_MESSAGE_AUTHORIZATION_MAX);
	struct sbuf token scoped(sbuf_done) = SBUF(WEB_MESSAGE_AUTHORIZATION_MAX);
	uint8_t signature[P256_SIGNATURE];

	add_claims(&claims, endpoint, subject, wall_end);
	if (claims.err)
		return claims.err;
	(void)base64_url_encode(&token, STR("{\"typ\":\"JWT\",\"alg\":\"ES256\"}"));
	(void)sbuf_lit(&token, ".");
	(void)base64_url_encode(&token, sbuf_str(&claims));
	p256_sign(key, sbuf_str(&token), signature);
	(void)sbuf_lit(&token, ".");
	(void)base64_url_encode(&token, view(signature, sizeof(signature)));
	(void)sbuf_lit(out, "vapid t=");
	(void)sbuf_add(out, sbuf_str(&token));
	(void)sbuf_lit(out, ", k=");
	(void)base64_url_encode(out, view(key->pub, P256_PUBLIC));
	return token.err ? token.err : out->err;
}
