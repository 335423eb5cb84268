/* SPDX-License-Identifier: Apache-2.0 */
/* Links for a new password, see reset.h. A token is the hex form of the localpart, "-", and random
 * characters; its row "END DIGEST" holds when it ends (usec since 1970) and its SHA-256 in hex. The
 * random part is too long to be guessed, so a plain digest keeps it as well as a slow one would. */
#include "server/model/reset.h"

#include "base/mem.h"
#include "base/random.h"
#include "codec/hex.h"
#include "crypto/secret.h"
#include "server/model/turns.h"
#include "server/store/store.h"

enum { ROW_MAX = 24 + 2 * DIGEST_MAX, ARENA_LIMIT = 64 * 1024 /* bytes */ };

/* Whether the row is that of a token with this digest, and has not ended. */
static bool is_right(const uint8_t *digest, struct str row)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct str end_text, kept;
	uint64_t end;

	arena_init(&arena, KIB);
	if (!str_split(&row, ' ', &end_text) || str_to_u64(end_text, &end) ||
	    hex_decode(&arena, row, &kept) || kept.len != digest_len(DIGEST_SHA256))
		return false;
	return secret_equal(kept.ptr, digest, kept.len) && (uint64_t)wall_now() < end;
}

/* ---- making one ---- */

struct making {
	struct turn turn;
	struct accounts *accounts;
	usec_t lifetime;
	reset_made_fn *fn;
	void *arg;
	struct sbuf token;
	char *owner; /* with NUL */
};

static void making_free(struct making *m)
{
	secret_wipe(m->token.ptr, m->token.len);
	sbuf_done(&m->token);
	mem_free(m->owner);
	mem_free(m);
}

static void on_made(struct turn *t)
{
	struct making *m = container_of(t, struct making, turn);

	m->fn(m->arg, t->err, t->err ? STR_NONE : sbuf_str(&m->token));
	making_free(m);
}

static void on_making_dropped(struct turn *t)
{
	making_free(container_of(t, struct making, turn));
}

static void on_committed(struct txn *t)
{
	struct making *m = t->arg;
	enum err err = t->err;

	txn_free(&t);
	turn_over(&m->turn, err);
}

static void make_token(struct making *m)
{
	struct str owner = m->turn.owner;
	char random[RESET_RANDOM + 1];
	ptrdiff_t at = str_index(owner, '@');

	must(at > 0);
	random_token(random, RESET_RANDOM);
	m->token = SBUF(RESET_TOKEN_MAX);
	(void)hex_encode(&m->token, str_sub(owner, 0, (size_t)at));
	(void)sbuf_add_char(&m->token, '-');
	(void)sbuf_add(&m->token, str_from(random));
	must(m->token.err == OK);
	secret_wipe(random, sizeof(random));
}

static void on_account(void *arg, struct store_answer *answer)
{
	struct making *m = arg;
	uint8_t digest[DIGEST_MAX];
	struct sbuf row scoped(sbuf_done) = SBUF(ROW_MAX);
	struct txn *t;

	if (answer->err) {
		turn_over(&m->turn, answer->err);
		return;
	}
	make_token(m);
	digest_of(DIGEST_SHA256, sbuf_str(&m->token), digest);
	(void)sbuf_printf(&row, "%lld ", (long long)(wall_now() + m->lifetime));
	(void)hex_encode(&row, str_make((const char *)digest, digest_len(DIGEST_SHA256)));
	must(row.err == OK);
	t = txn_new();
	txn_put(t, m->turn.owner, ACCOUNT_RESET_SPACE, STR(""), sbuf_str(&row));
	t->done = on_committed;
	t->arg = m;
	store_commit(accounts_store(m->accounts), t);
}

static void make(struct turn *t)
{
	struct making *m = container_of(t, struct making, turn);
	struct store_request request = { .kind = READ_ACCOUNT, .owner = t->owner };

	store_read(accounts_store(m->accounts), &request, on_account, m);
}

void reset_make(struct accounts *accounts, struct str owner, usec_t lifetime, reset_made_fn *fn,
		void *arg)
{
	struct making *m = mem_zalloc(1, sizeof(*m));

	must(lifetime > 0 && lifetime <= RESET_LIFETIME_MAX);
	m->accounts = accounts;
	m->lifetime = lifetime;
	m->fn = fn;
	m->arg = arg;
	m->owner = str_dup(owner);
	m->turn.owner = str_from(m->owner);
	m->turn.run = make;
	m->turn.done = on_made;
	m->turn.drop = on_making_dropped;
	turns_take(accounts_turns(accounts), &m->turn);
}

/* ---- using one ---- */

struct use {
	struct letter letter;
	struct accounts *accounts;
	struct account_ticket ticket;
	char *owner;    /* with NUL; NULL: the token can be nobody's */
	char *password; /* with NUL; NULL: only a look */
	size_t password_len;
	reset_fn *fn;
	void *arg;
};

static void use_free(struct use *u)
{
	if (u->password)
		secret_wipe(u->password, u->password_len);
	secret_wipe(&u->ticket, sizeof(u->ticket));
	mem_free(u->password);
	mem_free(u->owner);
	mem_free(u);
}

static void on_used(void *arg, enum err err)
{
	struct use *u = arg;

	/* An account that is gone looks like a token that is used up. */
	if (err == ERR_NOT_FOUND)
		err = ERR_DENIED;
	u->fn(u->arg, err, err ? STR_NONE : str_from(u->owner));
	use_free(u);
}

static void on_nobody(struct letter *l)
{
	on_used(container_of(l, struct use, letter), ERR_DENIED);
}

static void on_row(void *arg, struct store_answer *answer)
{
	struct use *u = arg;

	if (answer->err)
		on_used(u, answer->err);
	else if (!answer->rows || !is_right(u->ticket.digest, answer->rows->value))
		on_used(u, ERR_DENIED);
	else if (!u->password)
		on_used(u, OK);
	else /* looked at again in its turn: this look was to save the hashing of the password */
		accounts_set_password_by(u->accounts, str_from(u->owner), &u->ticket,
					 str_make(u->password, u->password_len), on_used, u);
}

/* Whose token it says it is. */
static bool read_owner(struct arena *a, struct str domain, struct str token, struct str *ret_owner)
{
	struct str name;

	if (token.len > RESET_TOKEN_MAX || !str_split(&token, '-', &name) ||
	    token.len != RESET_RANDOM || hex_decode(a, name, &name))
		return false;
	return account_owner(a, name, domain, ret_owner) == OK;
}

static struct use *use_new(struct accounts *accounts, struct str token, reset_fn *fn, void *arg)
{
	struct use *u = mem_zalloc(1, sizeof(*u));

	u->accounts = accounts;
	u->fn = fn;
	u->arg = arg;
	u->ticket.is_right = is_right;
	digest_of(DIGEST_SHA256, token, u->ticket.digest);
	return u;
}

static void begin(struct use *u, struct str domain, struct str token)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ACCOUNT_RESET_SPACE,
					 .key = STR("") };
	struct arena arena scoped(arena_done) = { 0 };

	arena_init(&arena, ARENA_LIMIT);
	if (!read_owner(&arena, domain, token, &request.owner)) {
		u->letter.fn = on_nobody;
		loop_post(loop_current(), &u->letter);
		return;
	}
	u->owner = str_dup(request.owner);
	store_read(accounts_store(u->accounts), &request, on_row, u);
}

void reset_check(struct accounts *accounts, struct str domain, struct str token, reset_fn *fn,
		 void *arg)
{
	begin(use_new(accounts, token, fn, arg), domain, token);
}

void reset_use(struct accounts *accounts, struct str domain, struct str token, struct str password,
	       reset_fn *fn, void *arg)
{
	struct use *u = use_new(accounts, token, fn, arg);

	if (password.len <= SCRAM_PASSWORD_MAX) { /* else too long, as an empty one is too short */
		u->password_len = password.len;
		u->password = str_dup(password);
	} else {
		u->password = str_dup(STR(""));
	}
	begin(u, domain, token);
}
