/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of SCRAM (RFC 5802 5), see scram.h. One thread at a time. */
#include "xmpp/scram.h"

#include "base/random.h"
#include "codec/base64.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "xmpp/scram-private.h"

static struct str escape_name(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len * 3 + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != ',' && s.ptr[i] != '=') {
			out[len++] = s.ptr[i];
			continue;
		}
		memcpy(out + len, s.ptr[i] == ',' ? "=2C" : "=3D", 3);
		len += 3;
	}
	return str_make(out, len);
}

struct str scram_client_first(struct scram_client *x, struct arena *a)
{
	struct str flag = x->is_plus   ? ARENA_JOIN(a, STR("p="), x->binding->kind)
			  : x->is_able ? STR("y")
				       : STR("n");
	struct str authzid = str_is_empty(x->authzid)
				     ? STR_NONE
				     : ARENA_JOIN(a, STR("a="), escape_name(a, x->authzid));

	must(x->state == SCRAM_START && x->username.len > 0);
	if (!x->nonce[0])
		random_token(x->nonce, SCRAM_NONCE_LEN);
	x->gs2_header = ARENA_JOIN(a, flag, STR(","), authzid, STR(","));
	x->first_bare = ARENA_JOIN(a, STR("n="), escape_name(a, x->username), STR(",r="),
				   str_from(x->nonce));
	x->state = SCRAM_WAITS_FOR_VERIFIER;
	return ARENA_JOIN(a, x->gs2_header, x->first_bare);
}

/* What the server's first message says. */
struct offer {
	struct str nonce, salt;
	uint32_t iterations;
};

static enum err read_offer(const struct scram_client *x, struct arena *a, struct str s,
			   struct offer *ret_offer)
{
	struct str iterations;
	struct offer o;
	uint64_t n;
	enum err e = scram_check_message(s);

	if (e)
		return e;
	if (str_starts(s, STR("m=")))
		return ERR_UNSUPPORTED;
	if (!scram_take(&s, 'r', &o.nonce) || !scram_take(&s, 's', &o.salt) ||
	    !scram_take(&s, 'i', &iterations))
		return ERR_INVALID;
	e = scram_skip_extensions(&s, '\0');
	if (e)
		return e;
	if (!scram_is_nonce(o.nonce) || base64_decode(a, o.salt, &o.salt) || o.salt.len == 0 ||
	    str_to_u64(iterations, &n))
		return ERR_INVALID;
	if (o.salt.len > SCRAM_SALT_MAX)
		return ERR_TOO_BIG;
	if (!str_starts(o.nonce, str_from(x->nonce)) || o.nonce.len == strlen(x->nonce))
		return ERR_DENIED;
	if (n < SCRAM_ITERATIONS_MIN || n > SCRAM_ITERATIONS_MAX)
		return ERR_DENIED;
	o.iterations = (uint32_t)n;
	*ret_offer = o;
	return OK;
}

/* Writes the proof to ret and keeps the signature that the server must send. */
static enum err prove(struct scram_client *x, const struct offer *o,
		      const struct scram_transcript *t, uint8_t *ret)
{
	size_t len = digest_len(x->hash);
	uint8_t salted[DIGEST_MAX], client_key[DIGEST_MAX], server_key[DIGEST_MAX],
		stored[DIGEST_MAX];
	struct str password;
	struct arena secret;
	enum err e;

	arena_init(&secret, MIB);
	e = scram_prep_password(&secret, x->password, &password);
	if (!e) {
		kdf_pbkdf2(x->hash, password, o->salt, o->iterations, salted);
		scram_keys(x->hash, salted, client_key, server_key);
		digest_of(x->hash, str_make((const char *)client_key, len), stored);
		scram_sign(x->hash, stored, t, ret);
		for (size_t i = 0; i < len; i++)
			ret[i] ^= client_key[i];
		scram_sign(x->hash, server_key, t, x->server_signature);
	}
	secret_wipe(salted, sizeof(salted));
	secret_wipe(client_key, sizeof(client_key));
	secret_wipe(server_key, sizeof(server_key));
	secret_wipe(stored, sizeof(stored));
	arena_wipe(&secret);
	return e;
}

enum err scram_client_final(struct scram_client *x, struct arena *a, struct str server_first,
			    struct str *ret_message)
{
	struct scram_transcript t = { .first_bare = x->first_bare, .server_first = server_first };
	struct str channel = x->gs2_header;
	uint8_t proof[DIGEST_MAX];
	struct offer o;
	enum err e = x->state == SCRAM_WAITS_FOR_VERIFIER ? read_offer(x, a, server_first, &o)
							  : ERR_INVALID;

	x->state = SCRAM_DONE;
	if (e)
		return e;
	if (x->is_plus)
		channel = ARENA_JOIN(a, channel, x->binding->data);
	t.final_bare = ARENA_JOIN(a, STR("c="), scram_base64(a, channel), STR(",r="), o.nonce);
	e = prove(x, &o, &t, proof);
	if (e)
		return e;
	x->state = SCRAM_WAITS_FOR_FINAL;
	*ret_message =
		ARENA_JOIN(a, t.final_bare, STR(",p="),
			   scram_base64(a, str_make((const char *)proof, digest_len(x->hash))));
	return OK;
}

enum err scram_client_check(struct scram_client *x, struct arena *a, struct str server_final)
{
	struct str s = server_final, signature;
	enum err e = x->state == SCRAM_WAITS_FOR_FINAL ? scram_check_message(s) : ERR_INVALID;

	x->state = SCRAM_DONE;
	if (e)
		return e;
	if (str_starts(s, STR("e=")))
		return ERR_DENIED;
	if (!scram_take(&s, 'v', &signature) || base64_decode(a, signature, &signature))
		return ERR_INVALID;
	e = scram_skip_extensions(&s, '\0');
	if (e)
		return e;
	if (signature.len != digest_len(x->hash) ||
	    !secret_equal(signature.ptr, x->server_signature, signature.len))
		return ERR_DENIED;
	return OK;
}

void scram_client_done(struct scram_client *x)
{
	if (!x)
		return;
	secret_wipe(x->server_signature, sizeof(x->server_signature));
	x->state = SCRAM_DONE;
}
