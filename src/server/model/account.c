/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts. A change hashes its password in the pool, then waits for its turn (read, modify,
 * commit), and goes home. */
#include "server/model/account.h"

#include "base/map.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/invites.h"
#include "server/model/turns.h"
#include "server/store/store.h"
#include "xmpp/jid.h"

#include <stdio.h>

struct accounts {
	struct accounts_config config;
	struct turns *turns;
	struct map reserved; /* owner -> struct reserved */
	void (*watch)(void *arg, const struct account *account);
	void *watch_arg;
};

struct reserved {
	struct str owner; /* in name */
	char name[];
};

enum change_kind {
	CHANGE_CREATE,
	CHANGE_PASSWORD,
	CHANGE_BY_TICKET, /* the password, too */
	CHANGE_VERIFIERS, /* more of the same password */
	CHANGE_DISABLED,
	CHANGE_ADMIN,
	CHANGE_RETENTION,
	CHANGE_RESERVE,
	CHANGE_DELETE
};

struct change {
	struct turn turn;
	struct letter letter; /* of one that never had its turn */
	struct job job;
	struct accounts *accounts;
	struct loop *home;
	enum change_kind kind;
	bool is_admin, is_disabled; /* DISABLED, ADMIN: afterwards */
	bool flag;                  /* the new value of the switch; CREATE: is_admin */
	usec_t keep;                /* RETENTION */
	char *owner;                /* with NUL */
	char *invite_key;           /* with NUL, or NULL */
	char *password;             /* with NUL, or NULL */
	size_t password_len;
	struct account hashed; /* the verifiers */
	struct account_ticket ticket;
	struct scram_verifier known; /* VERIFIERS */
	enum err err;
	account_fn *fn;
	void *arg;
};

/* ---- a change ---- */

static void forget_password(struct change *c)
{
	if (c->password)
		secret_wipe(c->password, c->password_len);
	mem_free(c->password);
	c->password = NULL;
}

static void change_free(struct change *c)
{
	forget_password(c);
	secret_wipe(&c->hashed, sizeof(c->hashed));
	scram_verifier_wipe(&c->known);
	mem_free(c->owner);
	mem_free(c->invite_key);
	mem_free(c);
}

static void answer(struct change *c, enum err err)
{
	c->fn(c->arg, err);
	change_free(c);
}

static void on_done(struct turn *t)
{
	answer(container_of(t, struct change, turn), t->err);
}

static void on_drop(struct turn *t)
{
	change_free(container_of(t, struct change, turn));
}

static void on_refused(struct letter *l)
{
	struct change *c = container_of(l, struct change, letter);

	answer(c, c->err);
}

/* An answer never comes from inside the call that asked. */
static void refuse(struct change *c, enum err err)
{
	c->err = err;
	c->letter.fn = on_refused;
	loop_post(c->home, &c->letter);
}

static void finish(struct change *c, enum err err)
{
	turn_over(&c->turn, err);
}

static void tell(const struct change *c)
{
	const struct accounts *accounts = c->accounts;
	struct account account = { .owner = str_from(c->owner),
				   .is_admin = c->is_admin,
				   .is_disabled = c->is_disabled };

	if (accounts->watch)
		accounts->watch(accounts->watch_arg, &account);
}

static void on_committed(struct txn *t)
{
	struct change *c = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (!err && (c->kind == CHANGE_DISABLED || c->kind == CHANGE_ADMIN))
		tell(c);
	finish(c, err);
}

static void commit(struct change *c, struct txn *t)
{
	t->done = on_committed;
	t->arg = c;
	store_commit(c->accounts->config.store, t);
}

static void put_retention(struct txn *t, struct str owner, usec_t keep)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)keep);
	if (keep == ACCOUNT_KEEP_DEFAULT)
		txn_delete(t, owner, ACCOUNT_RETENTION_SPACE, STR(""));
	else
		txn_put(t, owner, ACCOUNT_RETENTION_SPACE, STR(""), str_from(text));
}

/* What a new password, and being switched off, take away: what could be used instead of the
 * password.
 */
static void revoke(struct txn *t, const struct change *c)
{
	char now[24];

	if (c->kind != CHANGE_PASSWORD && c->kind != CHANGE_BY_TICKET &&
	    !(c->kind == CHANGE_DISABLED && c->flag))
		return;
	txn_delete(t, str_from(c->owner), ACCOUNT_TOKEN_SPACE, STR_NONE);
	txn_delete(t, str_from(c->owner), ACCOUNT_RESET_SPACE, STR_NONE);
	if (c->kind != CHANGE_DISABLED) {
		(void)snprintf(now, sizeof(now), "%lld", (long long)wall_now());
		txn_put(t, str_from(c->owner), ACCOUNT_CLIENT_SPACE, STR(""), str_from(now));
	}
}

static bool is_reserved(const struct change *c)
{
	return map_get(&c->accounts->reserved, str_from(c->owner)) != NULL;
}

static void reserve(struct change *c)
{
	struct str owner = str_from(c->owner);
	struct reserved *r = mem_zalloc(1, sizeof(*r) + owner.len + 1);

	memcpy(r->name, owner.ptr, owner.len);
	r->owner = str_make(r->name, owner.len);
	(void)map_set(&c->accounts->reserved, r->owner, r);
	finish(c, OK);
}

/* False: the account has another password by now. */
static bool add_verifiers(const struct change *c, struct account *account)
{
	struct scram_verifier now;
	bool is_same;

	if (!account_verifier_get(account, c->known.hash, &now))
		return false;
	is_same = secret_equal(now.stored_key, c->known.stored_key, digest_len(now.hash));
	scram_verifier_wipe(&now);
	for (size_t i = 0; is_same && i < SCRAM_KINDS; i++) {
		if (account->verifier[i].iterations == 0)
			account->verifier[i] = c->hashed.verifier[i];
	}
	return is_same;
}

static void on_account(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct account account;
	struct txn *t;

	if (c->kind == CHANGE_RESERVE && answer->err == ERR_NOT_FOUND) {
		reserve(c);
		return;
	}
	if (c->kind == CHANGE_RESERVE && !answer->err) {
		finish(c, ERR_EXISTS);
		return;
	}
	if (answer->err) {
		finish(c, answer->err);
		return;
	}
	account = answer->account;
	account.owner = str_from(c->owner);
	if (c->kind == CHANGE_VERIFIERS && !add_verifiers(c, &account)) {
		secret_wipe(&account, sizeof(account));
		finish(c, ERR_DENIED);
		return;
	}
	if (c->kind == CHANGE_PASSWORD || c->kind == CHANGE_BY_TICKET)
		memcpy(account.verifier, c->hashed.verifier, sizeof(account.verifier));
	else if (c->kind == CHANGE_DISABLED)
		account.is_disabled = c->flag;
	else if (c->kind == CHANGE_ADMIN)
		account.is_admin = c->flag;
	c->is_admin = account.is_admin;
	c->is_disabled = account.is_disabled;
	t = txn_new();
	if (c->kind == CHANGE_DELETE)
		txn_account_delete(t, account.owner);
	else if (c->kind == CHANGE_RETENTION)
		put_retention(t, account.owner, c->keep);
	else
		txn_account_put(t, &account, false);
	revoke(t, c);
	secret_wipe(&account, sizeof(account));
	commit(c, t);
}

static void read_account(struct change *c)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = str_from(c->owner) };

	store_read(c->accounts->config.store, &request, on_account, c);
}

static void on_ticket(void *arg, struct store_answer *answer)
{
	struct change *c = arg;

	if (answer->err)
		finish(c, answer->err);
	else if (!answer->rows || !c->ticket.is_right(c->ticket.digest, answer->rows->value))
		finish(c, ERR_DENIED);
	else
		read_account(c);
}

static void read_ticket(struct change *c)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = str_from(c->owner),
					 .space = ACCOUNT_RESET_SPACE,
					 .key = STR("") };

	store_read(c->accounts->config.store, &request, on_ticket, c);
}

static void on_created(struct txn *t)
{
	struct change *c = t->arg;

	if (t->err && c->invite_key)
		invites_undo_use(c->accounts->config.invites, str_from(c->invite_key));
	on_committed(t);
}

static void create(void *arg)
{
	struct change *c = arg;
	struct account account = c->hashed;
	struct invites *invites = c->accounts->config.invites;
	struct txn *t = txn_new();
	enum err err = OK;

	account.owner = str_from(c->owner);
	account.wall_created = wall_now();
	account.is_admin = c->flag;
	txn_account_put(t, &account, true);
	secret_wipe(&account, sizeof(account));
	if (invites)
		err = invites_begin_use(invites, str_from(c->invite_key), str_from(c->owner), t);
	if (err) {
		txn_free(&t);
		finish(c, err);
		return;
	}
	t->done = on_created;
	t->arg = c;
	store_commit(c->accounts->config.store, t);
}

static void create_when_ready(struct change *c)
{
	if (c->accounts->config.invites)
		invites_when_ready(c->accounts->config.invites, create, c);
	else
		create(c);
}

static void carry_out(struct turn *t)
{
	struct change *c = container_of(t, struct change, turn);

	if ((c->kind == CHANGE_CREATE || c->kind == CHANGE_RESERVE) && is_reserved(c))
		finish(c, ERR_EXISTS);
	else if (c->kind == CHANGE_CREATE)
		create_when_ready(c);
	else if (c->kind == CHANGE_BY_TICKET)
		read_ticket(c);
	else
		read_account(c);
}

static void take_turn(struct change *c)
{
	c->turn.owner = str_from(c->owner);
	c->turn.run = carry_out;
	c->turn.done = on_done;
	c->turn.drop = on_drop;
	turns_take(c->accounts->turns, &c->turn);
}

static void hash_password(struct job *j, unused_arg void *thread_ctx)
{
	struct change *c = container_of(j, struct change, job);

	c->err = account_set_verifiers(&c->hashed, str_make(c->password, c->password_len));
	forget_password(c);
}

static void on_hashed(struct job *j)
{
	struct change *c = container_of(j, struct change, job);

	if (c->err)
		answer(c, c->err);
	else
		take_turn(c);
}

static struct change *change_new(struct accounts *a, enum change_kind kind, struct str owner,
				 account_fn *fn, void *arg)
{
	struct change *c = mem_zalloc(1, sizeof(*c));

	c->accounts = a;
	c->home = loop_current();
	must(c->home != NULL);
	c->kind = kind;
	c->owner = str_dup(owner);
	c->fn = fn;
	c->arg = arg;
	return c;
}

static void start_with_password(struct change *c, struct str password)
{
	enum err err = OK;

	if (password.len > SCRAM_PASSWORD_MAX)
		err = ERR_TOO_BIG;
	if (!err) {
		c->password = str_dup(password);
		c->password_len = password.len;
		c->job.run = hash_password;
		c->job.done = on_hashed;
		err = pool_submit(c->accounts->config.pool, &c->job);
	}
	if (err)
		refuse(c, err);
}

/* ---- the door ---- */

struct accounts *accounts_new(const struct accounts_config *config)
{
	struct accounts *a = mem_zalloc(1, sizeof(*a));

	a->config = *config;
	a->turns = turns_new(config->loop);
	map_init(&a->reserved);
	return a;
}

void accounts_free(struct accounts **accounts)
{
	struct accounts *a = *accounts;
	struct reserved *r;
	size_t at = 0;

	if (!a)
		return;
	turns_free(&a->turns);
	while ((r = map_next(&a->reserved, &at)))
		mem_free(r);
	map_done(&a->reserved);
	mem_free(a);
	*accounts = NULL;
}

void accounts_watch(struct accounts *accounts, void (*fn)(void *arg, const struct account *account),
		    void *arg)
{
	accounts->watch = fn;
	accounts->watch_arg = arg;
}

struct turns *accounts_turns(struct accounts *accounts)
{
	return accounts->turns;
}

struct store *accounts_store(struct accounts *accounts)
{
	return accounts->config.store;
}

const uint8_t *accounts_token_key(const struct accounts *accounts)
{
	return accounts->config.token_key;
}

void accounts_create(struct accounts *accounts, struct str owner, struct str password,
		     bool is_admin, account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_CREATE, owner, fn, arg);

	c->flag = is_admin;
	start_with_password(c, password);
}

void accounts_create_invited(struct accounts *accounts, struct str owner, struct str password,
			     struct str invite_key, account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_CREATE, owner, fn, arg);

	must(accounts->config.invites != NULL);
	c->invite_key = str_dup(invite_key);
	start_with_password(c, password);
}

void accounts_set_password(struct accounts *accounts, struct str owner, struct str password,
			   account_fn *fn, void *arg)
{
	start_with_password(change_new(accounts, CHANGE_PASSWORD, owner, fn, arg), password);
}

void accounts_set_password_by(struct accounts *accounts, struct str owner,
			      const struct account_ticket *ticket, struct str password,
			      account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_BY_TICKET, owner, fn, arg);

	c->ticket = *ticket;
	start_with_password(c, password);
}

void accounts_add_verifiers(struct accounts *accounts, struct str owner,
			    const struct scram_verifier *known, const struct scram_verifier *added,
			    size_t count, account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_VERIFIERS, owner, fn, arg);

	c->known = *known;
	for (size_t i = 0; i < count; i++)
		account_keep_verifier(&c->hashed, &added[i]);
	take_turn(c);
}

void accounts_set_disabled(struct accounts *accounts, struct str owner, bool is_disabled,
			   account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_DISABLED, owner, fn, arg);

	c->flag = is_disabled;
	take_turn(c);
}

void accounts_set_admin(struct accounts *accounts, struct str owner, bool is_admin, account_fn *fn,
			void *arg)
{
	struct change *c = change_new(accounts, CHANGE_ADMIN, owner, fn, arg);

	c->flag = is_admin;
	take_turn(c);
}

void accounts_set_retention(struct accounts *accounts, struct str owner, usec_t keep,
			    account_fn *fn, void *arg)
{
	struct change *c = change_new(accounts, CHANGE_RETENTION, owner, fn, arg);

	must(keep >= ACCOUNT_KEEP_DEFAULT);
	c->keep = keep;
	take_turn(c);
}

enum err account_retention_decode(struct str value, usec_t *ret_keep)
{
	int64_t keep;

	if (str_to_i64(value, &keep) || keep < 0)
		return ERR_INVALID;
	*ret_keep = keep;
	return OK;
}

void accounts_delete(struct accounts *accounts, struct str owner, account_fn *fn, void *arg)
{
	take_turn(change_new(accounts, CHANGE_DELETE, owner, fn, arg));
}

void accounts_reserve(struct accounts *accounts, struct str owner, account_fn *fn, void *arg)
{
	take_turn(change_new(accounts, CHANGE_RESERVE, owner, fn, arg));
}

void accounts_release(struct accounts *accounts, struct str owner)
{
	must(loop_current() == accounts->config.loop);
	mem_free(map_remove(&accounts->reserved, owner));
}
