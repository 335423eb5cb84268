/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: their names, passwords (as SCRAM verifiers, RFC 5802) and switches. All changes of the
 * process go through one struct accounts, those of one account one after the other, so that they
 * never undo each other. */
#pragma once

#include "loop/pool.h"
#include "server/store/txn.h"
#include "xmpp/scram.h"

struct accounts;
struct invites;
struct store;
struct turns;

struct accounts_config {
	struct loop *loop; /* carries out the changes; any loop of the server */
	struct store *store;
	struct pool *pool;        /* hashes passwords */
	struct invites *invites;  /* model/invites.h, on the same loop; NULL: there are none */
	const uint8_t *token_key; /* SEAL_KEY bytes, see model/token.h; outlives the accounts */
};

/* Called on the loop that asked, once. */
typedef void account_fn(void *arg, enum err err);

/* The bare JID of the account node@domain, node prepared as RFC 7622 3.3 wants it; domain must be
 * prepared. ERR_INVALID, ERR_TOO_BIG: no such name can be. Any thread. */
must_check enum err account_owner(struct arena *a, struct str node, struct str domain,
				  struct str *ret_owner);

/* The same from what people write: "romeo" or "romeo@domain". ERR_INVALID also for a resource,
 * ERR_NOT_FOUND for another domain. Any thread. */
must_check enum err account_owner_parse(struct arena *a, struct str text, struct str domain,
					struct str *ret_owner);

/* The verifier of one kind as SCRAM takes it; false if the account has none. Any thread. */
bool account_verifier_get(const struct account *account, enum digest_kind hash,
			  struct scram_verifier *ret_v);

/* Sets the one of v's kind. Any thread. */
void account_keep_verifier(struct account *account, const struct scram_verifier *v);

/* Makes the three verifiers of password with fresh salts. Blocking. ERR_INVALID, ERR_TOO_BIG: the
 * password cannot be used (see scram_make_verifier). */
must_check enum err account_set_verifiers(struct account *account, struct str password);

/* Nothing of config may go before accounts_free. Before loops run, or on config->loop. */
struct accounts *accounts_new(const struct accounts_config *config)
	__attribute__((returns_nonnull));

/* When loops and pool do not run any more; changes under way are forgotten. */
void accounts_free(struct accounts **accounts);

/* fn(arg, account) for every change of an account's switches, when it is durable and before who
 * asked for it hears so; on config->loop. Only owner and switches are told. Before the loop runs,
 * or on it. */
void accounts_watch(struct accounts *accounts, void (*fn)(void *arg, const struct account *account),
		    void *arg);

/* For what belongs to accounts and is not theirs to change: the turns that all changes take, and
 * where they are kept. */
struct turns *accounts_turns(struct accounts *accounts);
struct store *accounts_store(struct accounts *accounts);
const uint8_t *accounts_token_key(const struct accounts *accounts);

/* In the store: what logs in instead of the password (model/token.h), and the ticket that sets a
 * new one (model/reset.h, a row with the empty key). A new password, and switching the account off,
 * delete both. */
#define ACCOUNT_TOKEN_SPACE STR("token")
#define ACCOUNT_RESET_SPACE STR("reset")

/* In the store: the clients (model/client.h); the empty key says when the password was changed
 * last, usec since 1970. */
#define ACCOUNT_CLIENT_SPACE STR("client")

/* Changes, from any loop. owner is a bare JID from above; it and password are copied, the copy of
 * the password is wiped. fn gets OK when the change is durable; ERR_NOT_FOUND (or, for
 * accounts_create, ERR_EXISTS, also when an invitation promises the name), ERR_INVALID and
 * ERR_TOO_BIG for the password, ERR_BUSY, ERR_IO. */
void accounts_create(struct accounts *accounts, struct str owner, struct str password,
		     bool is_admin, account_fn *fn, void *arg);

/* The same for somebody who was invited (model/invites.h): invite_key is used up in the same
 * commit. ERR_DENIED: it cannot be used (any more). */
void accounts_create_invited(struct accounts *accounts, struct str owner, struct str password,
			     struct str invite_key, account_fn *fn, void *arg);

void accounts_set_password(struct accounts *accounts, struct str owner, struct str password,
			   account_fn *fn, void *arg);

/* The same for somebody who has no other right to it than a ticket: is_right(digest, row) says
 * whether digest is that of the row in ACCOUNT_RESET_SPACE, which is used up in the same commit.
 * ERR_DENIED: it is not, or there is none. */
struct account_ticket {
	bool (*is_right)(const uint8_t *digest, struct str row);
	uint8_t digest[DIGEST_MAX];
};
void accounts_set_password_by(struct accounts *accounts, struct str owner,
			      const struct account_ticket *ticket, struct str password,
			      account_fn *fn, void *arg);

void accounts_set_disabled(struct accounts *accounts, struct str owner, bool is_disabled,
			   account_fn *fn, void *arg);
void accounts_set_admin(struct accounts *accounts, struct str owner, bool is_admin, account_fn *fn,
			void *arg);

/* Adds verifiers of the same password to those that the account has (XEP-0480). known: one that it
 * has, with which the password was checked. A kind that is there stays as it is. ERR_DENIED: the
 * password has been changed meanwhile. Both are copied, the copies wiped. */
void accounts_add_verifiers(struct accounts *accounts, struct str owner,
			    const struct scram_verifier *known, const struct scram_verifier *added,
			    size_t count, account_fn *fn, void *arg);

/* How long the account's messages are kept: usec, ACCOUNT_KEEP_DEFAULT (as the server's settings
 * say) or ACCOUNT_KEEP_FOREVER. */
void accounts_set_retention(struct accounts *accounts, struct str owner, usec_t keep,
			    account_fn *fn, void *arg);
#define ACCOUNT_KEEP_DEFAULT ((usec_t)-1)
#define ACCOUNT_KEEP_FOREVER ((usec_t)0)

/* In the store it is the value of the empty key in this space; without a row the default holds. */
#define ACCOUNT_RETENTION_SPACE STR("retention")

/* Reads such a value. ERR_INVALID: nothing that this program has written. */
must_check enum err account_retention_decode(struct str value, usec_t *ret_keep);

/* Removes the account and all that it has. Its sessions must have ended, and it should have been
 * disabled before, so that no new one comes meanwhile. */
void accounts_delete(struct accounts *accounts, struct str owner, account_fn *fn, void *arg);

/* Keeps a name that no account has for an import: until accounts_release nobody else can make an
 * account of it (ERR_EXISTS). fn gets ERR_EXISTS when there is one, or somebody has reserved it. */
void accounts_reserve(struct accounts *accounts, struct str owner, account_fn *fn, void *arg);

/* The opposite; a name that is not reserved is fine. On config->loop only. */
void accounts_release(struct accounts *accounts, struct str owner);
