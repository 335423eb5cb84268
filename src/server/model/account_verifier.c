/* SPDX-License-Identifier: Apache-2.0 */
/* Names and verifiers of accounts, see account.h. */
#include "server/model/account.h"

#include "crypto/secret.h"
#include "xmpp/jid.h"

/* ---- names ---- */

enum err account_owner(struct arena *a, struct str node, struct str domain, struct str *ret_owner)
{
	struct str prepared;
	enum err err = jid_prep_node(a, node, &prepared);

	if (err)
		return err;
	if (str_is_empty(prepared))
		return ERR_INVALID;
	*ret_owner = jid_make(a, prepared, domain, STR("")).full;
	return OK;
}

enum err account_owner_parse(struct arena *a, struct str text, struct str domain,
			     struct str *ret_owner)
{
	struct jid jid;
	enum err err;

	if (str_index(text, '@') < 0)
		return str_index(text, '/') < 0 ? account_owner(a, text, domain, ret_owner)
						: ERR_INVALID;
	err = jid_parse(a, text, &jid);
	if (err)
		return err;
	if (str_is_empty(jid.node) || jid_is_full(jid))
		return ERR_INVALID;
	if (!str_eq(jid.domain, domain))
		return ERR_NOT_FOUND;
	*ret_owner = arena_dup(a, jid_bare_str(jid));
	return OK;
}

/* ---- verifiers ---- */

static const enum digest_kind hashes[SCRAM_KINDS] = {
	[SCRAM_KIND_SHA1] = DIGEST_SHA1,
	[SCRAM_KIND_SHA256] = DIGEST_SHA256,
	[SCRAM_KIND_SHA512] = DIGEST_SHA512,
};

bool account_verifier_get(const struct account *account, enum digest_kind hash,
			  struct scram_verifier *ret_v)
{
	for (size_t i = 0; i < SCRAM_KINDS; i++) {
		const struct account_verifier *v = &account->verifier[i];

		if (hashes[i] != hash)
			continue;
		if (v->iterations == 0 || v->key_len != digest_len(hash) || v->salt_len == 0 ||
		    v->salt_len > sizeof(v->salt))
			return false;
		*ret_v = (struct scram_verifier){ .hash = hash,
						  .iterations = v->iterations,
						  .salt_len = v->salt_len };
		memcpy(ret_v->salt, v->salt, v->salt_len);
		memcpy(ret_v->stored_key, v->stored_key, v->key_len);
		memcpy(ret_v->server_key, v->server_key, v->key_len);
		return true;
	}
	return false;
}

static void keep(struct account_verifier *made, const struct scram_verifier *v)
{
	must(v->salt_len <= sizeof(made->salt));
	made->iterations = v->iterations;
	made->salt_len = v->salt_len;
	made->key_len = (uint8_t)digest_len(v->hash);
	memcpy(made->salt, v->salt, v->salt_len);
	memcpy(made->stored_key, v->stored_key, made->key_len);
	memcpy(made->server_key, v->server_key, made->key_len);
}

void account_keep_verifier(struct account *account, const struct scram_verifier *v)
{
	for (size_t i = 0; i < SCRAM_KINDS; i++) {
		if (hashes[i] == v->hash)
			keep(&account->verifier[i], v);
	}
}

enum err account_set_verifiers(struct account *account, struct str password)
{
	struct account_verifier made[SCRAM_KINDS] = { 0 };

	for (size_t i = 0; i < SCRAM_KINDS; i++) {
		struct scram_verifier v;
		enum err err = scram_fresh_verifier(hashes[i], password, &v);

		if (err)
			return err;
		keep(&made[i], &v);
		scram_verifier_wipe(&v);
	}
	memcpy(account->verifier, made, sizeof(made));
	secret_wipe(made, sizeof(made));
	return OK;
}
