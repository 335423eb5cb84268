/* SPDX-License-Identifier: Apache-2.0 */
/* The server's end of SCRAM (RFC 5802 5, 6, 7), see scram.h. One thread at a time. */
#include "xmpp/scram.h"

#include "base/random.h"
#include "codec/base64.h"
#include "crypto/secret.h"
#include "xmpp/scram-private.h"

/* saslname: "=2C" and "=3D" stand for a comma and an equals sign, any other "=" is wrong. */
static bool unescape_name(struct arena *a, struct str s, struct str *ret_s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		struct str code = str_sub(s, i, 3);

		if (s.ptr[i] != '=') {
			out[len++] = s.ptr[i];
			continue;
		}
		if (!str_eq(code, STR("=2C")) && !str_eq(code, STR("=3D")))
			return false;
		out[len++] = code.ptr[1] == '2' ? ',' : '=';
		i += 2;
	}
	*ret_s = str_make(out, len);
	return len > 0;
}

/* Length, and letters, digits, "." and "-" only. */
static bool is_binding_kind(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-'))
			return false;
	}
	return s.len > 0;
}

static const struct scram_binding *find_binding(const struct scram_server *x, struct str kind)
{
	for (size_t i = 0; i < x->binding_count; i++) {
		if (x->bindings[i].data.len > 0 && str_eq(x->bindings[i].kind, kind))
			return &x->bindings[i];
	}
	return NULL;
}

/* gs2-cbind-flag with its comma. */
static enum err read_flag(struct scram_server *x, struct str *s)
{
	const struct scram_binding *binding;
	struct str kind;

	if (str_starts(*s, STR("n,")) || str_starts(*s, STR("y,"))) {
		if (x->is_plus || (s->ptr[0] == 'y' && x->is_plus_announced))
			return ERR_DENIED;
		*s = str_from_at(*s, 2);
		return OK;
	}
	if (!scram_take(s, 'p', &kind) || !is_binding_kind(kind))
		return ERR_INVALID;
	binding = x->is_plus ? find_binding(x, kind) : NULL;
	if (!binding)
		return ERR_DENIED;
	x->binding_data = binding->data;
	return OK;
}

/* gs2-header: flag, authzid. */
static enum err read_header(struct scram_server *x, struct arena *a, struct str *s,
			    struct str *ret_authzid)
{
	struct str all = *s, authzid = STR_NONE;
	enum err e = read_flag(x, s);

	if (e)
		return e;
	if (str_starts(*s, STR("a="))) {
		if (!scram_take(s, 'a', &authzid) || !unescape_name(a, authzid, &authzid))
			return ERR_INVALID;
	} else {
		if (!str_starts(*s, STR(",")))
			return ERR_INVALID;
		*s = str_from_at(*s, 1);
	}
	if (!str_is_set(*s))
		return ERR_INVALID;
	x->gs2_header = arena_dup(a, str_sub(all, 0, all.len - s->len));
	*ret_authzid = authzid;
	return OK;
}

enum err scram_server_first(struct scram_server *x, struct arena *a, struct str message,
			    struct str *ret_username, struct str *ret_authzid)
{
	struct str s = message, authzid, username, nonce;
	enum err e = x->state == SCRAM_START ? scram_check_message(message) : ERR_INVALID;

	x->state = SCRAM_DONE;
	if (e)
		return e;
	e = read_header(x, a, &s, &authzid);
	if (e)
		return e;
	x->first_bare = arena_dup(a, s);
	if (str_starts(s, STR("m=")))
		return ERR_UNSUPPORTED;
	if (!scram_take(&s, 'n', &username) || !unescape_name(a, username, &username) ||
	    !scram_take(&s, 'r', &nonce))
		return ERR_INVALID;
	e = scram_skip_extensions(&s, '\0');
	if (e)
		return e;
	if (!scram_is_nonce(nonce))
		return ERR_INVALID;
	if (nonce.len > SCRAM_PEER_NONCE_MAX)
		return ERR_TOO_BIG;
	if (!x->nonce[0])
		random_token(x->nonce, SCRAM_NONCE_LEN);
	x->whole_nonce = ARENA_JOIN(a, nonce, str_from(x->nonce));
	x->state = SCRAM_WAITS_FOR_VERIFIER;
	*ret_username = username;
	*ret_authzid = authzid;
	return OK;
}

struct str scram_server_challenge(struct scram_server *x, struct arena *a,
				  const struct scram_verifier *v, bool is_known)
{
	struct str salt = scram_base64(a, str_make((const char *)v->salt, v->salt_len));

	must(x->state == SCRAM_WAITS_FOR_VERIFIER && v->hash == x->hash);
	x->verifier = *v;
	x->is_known = is_known;
	x->state = SCRAM_WAITS_FOR_FINAL;
	x->server_first = arena_printf(a, "r=%.*s,s=%.*s,i=%u", STR_ARG(x->whole_nonce),
				       STR_ARG(salt), (unsigned)v->iterations);
	/* XEP-0474: the client's signature covers this attribute, too. */
	if (x->announced.ptr) {
		uint8_t digest[DIGEST_MAX];

		digest_of(x->hash, x->announced, digest);
		x->server_first = ARENA_JOIN(a, x->server_first, STR(",h="),
					     scram_base64(a, str_make((const char *)digest,
								      digest_len(x->hash))));
	}
	return x->server_first;
}

/* The client's proof is ClientKey XOR ClientSignature; the digest of ClientKey is what we keep. */
static bool is_proof_right(const struct scram_server *x, const struct scram_transcript *t,
			   struct str proof)
{
	size_t len = digest_len(x->hash);
	uint8_t key[DIGEST_MAX];
	bool is_right;

	scram_sign(x->hash, x->verifier.stored_key, t, key);
	for (size_t i = 0; i < len; i++)
		key[i] ^= (uint8_t)proof.ptr[i];
	digest_of(x->hash, str_make((const char *)key, len), key);
	is_right = secret_equal(key, x->verifier.stored_key, len);
	secret_wipe(key, sizeof(key));
	return is_right && x->is_known;
}

static bool is_same(struct str a, struct str b)
{
	return a.len == b.len && secret_equal(a.ptr, b.ptr, a.len);
}

enum err scram_server_final(struct scram_server *x, struct arena *a, struct str message,
			    struct str *ret_message)
{
	struct scram_transcript t = { .first_bare = x->first_bare,
				      .server_first = x->server_first };
	struct str s = message, channel, nonce, proof;
	uint8_t signature[DIGEST_MAX];
	enum err e = x->state == SCRAM_WAITS_FOR_FINAL ? scram_check_message(message) : ERR_INVALID;

	x->state = SCRAM_DONE;
	if (e)
		return e;
	if (!scram_take(&s, 'c', &channel) || !scram_take(&s, 'r', &nonce))
		return ERR_INVALID;
	e = scram_skip_extensions(&s, 'p');
	if (e)
		return e;
	if (!str_is_set(s))
		return ERR_INVALID;
	t.final_bare = str_sub(message, 0, message.len - s.len - 1);
	if (!scram_take(&s, 'p', &proof) || str_is_set(s) || base64_decode(a, proof, &proof) ||
	    proof.len != digest_len(x->hash))
		return ERR_INVALID;
	/* Base64 is canonical: equal bytes are equal text. */
	if (!is_same(channel, scram_base64(a, ARENA_JOIN(a, x->gs2_header, x->binding_data))) ||
	    !is_same(nonce, x->whole_nonce) || !is_proof_right(x, &t, proof))
		return ERR_DENIED;
	scram_sign(x->hash, x->verifier.server_key, &t, signature);
	*ret_message =
		ARENA_JOIN(a, STR("v="),
			   scram_base64(a, str_make((const char *)signature, digest_len(x->hash))));
	return OK;
}

void scram_server_done(struct scram_server *x)
{
	if (!x)
		return;
	scram_verifier_wipe(&x->verifier);
	x->state = SCRAM_DONE;
}
