/* SPDX-License-Identifier: Apache-2.0 */
/* SCRAM verifiers and what both ends share, see scram.h. Any thread. */
#include "xmpp/scram.h"

#include "base/random.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "xmpp/prep.h"
#include "xmpp/scram-private.h"

bool scram_take(struct str *s, char name, struct str *ret_value)
{
	ptrdiff_t comma = str_index(*s, ',');
	size_t end = comma < 0 ? s->len : (size_t)comma;

	if (s->len < 2 || s->ptr[0] != name || s->ptr[1] != '=' || end < 3)
		return false;
	*ret_value = str_sub(*s, 2, end - 2);
	*s = comma < 0 ? STR_NONE : str_from_at(*s, end + 1);
	return true;
}

enum err scram_skip_extensions(struct str *s, char last)
{
	struct str value;

	while (str_is_set(*s)) {
		char name = s->len ? s->ptr[0] : '\0';

		if (name == 'm')
			return ERR_UNSUPPORTED;
		if (last && name == last)
			return OK;
		if (!((name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z')) ||
		    !scram_take(s, name, &value))
			return ERR_INVALID;
	}
	return OK;
}

enum err scram_check_message(struct str s)
{
	if (s.len > SCRAM_MESSAGE_MAX)
		return ERR_TOO_BIG;
	return utf8_is_valid(s) && str_index(s, '\0') < 0 ? OK : ERR_INVALID;
}

bool scram_is_nonce(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < 0x21 || s.ptr[i] > 0x7e || s.ptr[i] == ',')
			return false;
	}
	return s.len > 0;
}

struct str scram_base64(struct arena *a, struct str in)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * SCRAM_MESSAGE_MAX);

	must(base64_encode(&out, in) == OK);
	return arena_dup(a, sbuf_str(&out));
}

enum err scram_prep_password(struct arena *a, struct str password, struct str *ret_s)
{
	struct str s;
	enum err e;

	if (password.len > SCRAM_PASSWORD_MAX)
		return ERR_TOO_BIG;
	e = prep_opaque(a, password, &s);
	if (e)
		return e;
	if (s.len > SCRAM_PASSWORD_MAX)
		return ERR_TOO_BIG;
	*ret_s = s;
	return OK;
}

static struct str key_str(enum digest_kind hash, const uint8_t *key)
{
	return str_make((const char *)key, digest_len(hash));
}

void scram_sign(enum digest_kind hash, const uint8_t *key, const struct scram_transcript *t,
		uint8_t *ret)
{
	const struct str parts[] = { t->first_bare, STR(","), t->server_first, STR(","),
				     t->final_bare };

	digest_hmac_parts(hash, key_str(hash, key), parts, array_len(parts), ret);
}

void scram_keys(enum digest_kind hash, const uint8_t *salted, uint8_t *ret_client_key,
		uint8_t *ret_server_key)
{
	digest_hmac(hash, key_str(hash, salted), STR("Client Key"), ret_client_key);
	digest_hmac(hash, key_str(hash, salted), STR("Server Key"), ret_server_key);
}

static void keep_keys(enum digest_kind hash, const uint8_t *salted, struct scram_verifier *v)
{
	uint8_t client_key[DIGEST_MAX];

	scram_keys(hash, salted, client_key, v->server_key);
	digest_of(hash, key_str(hash, client_key), v->stored_key);
	secret_wipe(client_key, sizeof(client_key));
}

static void derive(enum digest_kind hash, struct str password, struct scram_verifier *v)
{
	uint8_t salted[DIGEST_MAX];

	kdf_pbkdf2(hash, password, str_make((const char *)v->salt, v->salt_len), v->iterations,
		   salted);
	keep_keys(hash, salted, v);
	secret_wipe(salted, sizeof(salted));
}

enum err scram_salted_verifier(enum digest_kind hash, struct str salted, struct str salt,
			       uint32_t iterations, struct scram_verifier *ret_v)
{
	struct scram_verifier v = { .hash = hash,
				    .iterations = iterations,
				    .salt_len = (uint8_t)salt.len };

	if (salted.len != digest_len(hash) || salt.len == 0 || salt.len > SCRAM_SALT_MAX ||
	    iterations == 0 || iterations > SCRAM_ITERATIONS_MAX)
		return ERR_INVALID;
	memcpy(v.salt, salt.ptr, salt.len);
	keep_keys(hash, (const uint8_t *)salted.ptr, &v);
	*ret_v = v;
	scram_verifier_wipe(&v);
	return OK;
}

enum err scram_make_verifier(enum digest_kind hash, struct str password, struct str salt,
			     uint32_t iterations, struct scram_verifier *ret_v)
{
	struct scram_verifier v = { .hash = hash,
				    .iterations = iterations,
				    .salt_len = (uint8_t)salt.len };
	struct arena a;
	enum err e;

	if (salt.len == 0 || salt.len > SCRAM_SALT_MAX || iterations == 0 ||
	    iterations > SCRAM_ITERATIONS_MAX)
		return ERR_INVALID;
	arena_init(&a, MIB);
	e = scram_prep_password(&a, password, &password);
	if (!e) {
		memcpy(v.salt, salt.ptr, salt.len);
		derive(hash, password, &v);
		*ret_v = v;
	}
	arena_wipe(&a);
	scram_verifier_wipe(&v);
	return e;
}

enum err scram_fresh_verifier(enum digest_kind hash, struct str password,
			      struct scram_verifier *ret_v)
{
	char salt[SCRAM_SALT_LEN];

	random_fill(salt, sizeof(salt));
	return scram_make_verifier(hash, password, str_make(salt, sizeof(salt)), SCRAM_ITERATIONS,
				   ret_v);
}

bool scram_check_password(const struct scram_verifier *v, struct str password)
{
	struct scram_verifier mine = { 0 };
	struct str salt = str_make((const char *)v->salt, v->salt_len);
	bool is_right = scram_make_verifier(v->hash, password, salt, v->iterations, &mine) == OK;

	is_right = is_right && secret_equal(mine.stored_key, v->stored_key, digest_len(v->hash));
	scram_verifier_wipe(&mine);
	return is_right;
}

void scram_fake_verifier(enum digest_kind hash, struct str server_secret, struct str username,
			 struct scram_verifier *ret_v)
{
	struct scram_verifier v = { .hash = hash,
				    .iterations = SCRAM_ITERATIONS,
				    .salt_len = SCRAM_SALT_LEN };
	const char kind = (char)('0' + hash);
	struct str parts[] = { STR("scram salt"), str_make(&kind, 1), username };
	uint8_t salt[DIGEST_MAX];

	digest_hmac_parts(DIGEST_SHA256, server_secret, parts, array_len(parts), salt);
	memcpy(v.salt, salt, SCRAM_SALT_LEN);
	parts[0] = STR("scram stored key");
	digest_hmac_parts(hash, server_secret, parts, array_len(parts), v.stored_key);
	parts[0] = STR("scram server key");
	digest_hmac_parts(hash, server_secret, parts, array_len(parts), v.server_key);
	*ret_v = v;
}

void scram_verifier_wipe(struct scram_verifier *v)
{
	if (v)
		secret_wipe(v, sizeof(*v));
}
