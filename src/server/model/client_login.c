/* SPDX-License-Identifier: Apache-2.0 */
/* What a login changes of its client, in the account's turn: the client's row, its tokens, and
 * which client makes room for a new one. See client.h. */
#include "server/model/client.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/turns.h"
#include "server/store/store.h"

enum { LOGIN_ARENA_MAX = 64 * 1024 /* bytes */ };

struct work {
	struct turn turn;
	struct accounts *accounts;
	struct arena arena; /* of all texts */
	struct client_login login;
	char id[CLIENT_ID_LEN + 1];
	struct client_answer answer;
	client_login_fn *login_fn;
	account_fn *remove_fn;
	bool has_more; /* what is removed can log in without its token */
	void *arg;
};

static void work_free(struct work *w)
{
	secret_wipe(&w->answer, sizeof(w->answer));
	arena_wipe(&w->arena);
	mem_free(w);
}

static void on_done(struct turn *t)
{
	struct work *w = container_of(t, struct work, turn);

	w->answer.err = t->err;
	if (w->remove_fn)
		w->remove_fn(w->arg, t->err);
	else
		w->login_fn(w->arg, &w->answer);
	work_free(w);
}

static void on_drop(struct turn *t)
{
	work_free(container_of(t, struct work, turn));
}

/* A login does not fail because its disk is full: then nothing is noted, and no new token given.
 * What is lost is the count, which guards what TLS guards, too: early data (0-RTT) is never taken.
 */
static bool is_needless(const struct work *w)
{
	return !w->login.is_invalidating;
}

static void on_committed(struct txn *t)
{
	struct work *w = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (err && is_needless(w)) {
		w->answer.has_token = false;
		err = OK;
	}
	turn_over(&w->turn, err);
}

static void commit(struct work *w, struct txn *t)
{
	t->done = on_committed;
	t->arg = w;
	store_commit(accounts_store(w->accounts), t);
}

static struct work *work_new(struct accounts *accounts, struct str owner, void *arg)
{
	struct work *w = mem_zalloc(1, sizeof(*w));

	arena_init(&w->arena, LOGIN_ARENA_MAX);
	w->accounts = accounts;
	w->arg = arg;
	w->turn.owner = w->login.owner = arena_dup(&w->arena, owner);
	w->turn.done = on_done;
	w->turn.drop = on_drop;
	return w;
}

static struct str row_of(const struct store_answer *answer, struct str space, struct str key)
{
	for (const struct keyval_row *r = answer->rows; r; r = r->next) {
		if (str_eq(r->space, space) && str_eq(r->key, key))
			return r->value;
	}
	return STR_NONE;
}

static struct token_seal seal_of(const struct work *w)
{
	return (struct token_seal){ .key = accounts_token_key(w->accounts),
				    .owner = w->login.owner,
				    .client = str_make(w->id, CLIENT_ID_LEN) };
}

/* ---- logging in ---- */

/* A new client comes: while there are too many, who was away longest goes, with its tokens. */
static void make_room(struct work *w, const struct store_answer *answer, struct txn *t)
{
	unsigned count = 0;
	struct str oldest = STR_NONE;
	usec_t wall_oldest = INT64_MAX;

	for (const struct keyval_row *r = answer->rows; r; r = r->next) {
		struct client c = { .wall_last = 0 };

		if (!str_eq(r->space, ACCOUNT_CLIENT_SPACE) || !r->key.len)
			continue;
		if (client_read(r->value, &c))
			c.wall_last = 0; /* broken: the first one to go */
		count++;
		if (c.wall_last < wall_oldest) {
			wall_oldest = c.wall_last;
			oldest = r->key;
		}
	}
	if (count < CLIENTS_MAX)
		return;
	txn_delete(t, w->login.owner, ACCOUNT_CLIENT_SPACE, oldest);
	txn_delete(t, w->login.owner, ACCOUNT_TOKEN_SPACE, oldest);
}

static void put_client(struct work *w, const struct store_answer *answer, struct txn *t)
{
	struct str key = str_make(w->id, CLIENT_ID_LEN),
		   row = row_of(answer, ACCOUNT_CLIENT_SPACE, key);
	struct sbuf out scoped(sbuf_done) = SBUF(CLIENT_ROW_MAX);
	struct client c = { .wall_first = 0 };
	usec_t wall = wall_now();

	if (!row.ptr || client_read(row, &c))
		c.wall_first = wall;
	if (!row.ptr)
		make_room(w, answer, t);
	c.wall_last = wall;
	if (w->login.way == CLIENT_BY_PASSWORD)
		c.wall_password = wall;
	c.ways |= (unsigned)w->login.way;
	c.mechanism = w->login.mechanism;
	if (w->login.software.len)
		c.software = w->login.software;
	if (w->login.device.len)
		c.device = w->login.device;
	client_write(&c, &out);
	must(out.err == OK);
	txn_put(t, w->login.owner, ACCOUNT_CLIENT_SPACE, key, sbuf_str(&out));
}

static void give(struct work *w, struct tokens *tokens, enum ht_kind kind)
{
	const struct token *token = tokens_make(tokens, kind, wall_now(), w->login.token_life);

	memcpy(w->answer.token, token->text, sizeof(w->answer.token));
	w->answer.wall_expiry = token->wall_expiry;
	w->answer.has_token = true;
}

static void put_tokens(struct work *w, struct tokens *tokens, struct txn *t)
{
	struct sbuf out scoped(sbuf_done) = SBUF(TOKEN_ROW_MAX);
	struct token_seal seal = seal_of(w);

	if (w->login.is_by_token && w->login.is_invalidating)
		tokens_forget(tokens);
	if (w->login.wants_token)
		give(w, tokens, w->login.wanted);
	else if (w->login.is_by_token && !w->login.is_invalidating &&
		 tokens_are_due(tokens, wall_now(), w->login.token_life))
		give(w, tokens, tokens->current.kind);
	tokens_write(&seal, tokens, &out);
	must(out.err == OK);
	if (out.len)
		txn_put(t, w->login.owner, ACCOUNT_TOKEN_SPACE, seal.client, sbuf_str(&out));
	else
		txn_delete(t, w->login.owner, ACCOUNT_TOKEN_SPACE, seal.client);
}

static enum err check_token(struct work *w, struct tokens *tokens, bool is_allowed)
{
	enum token_verdict verdict = tokens_use(tokens, &w->login.proof, wall_now(), w->answer.mac);

	if (verdict == TOKEN_WRONG || !is_allowed)
		return ERR_DENIED;
	return verdict == TOKEN_EXPIRED ? ERR_CLOSED : OK;
}

static void on_login(void *arg, struct store_answer *answer)
{
	struct work *w = arg;
	bool is_allowed = !answer->err && !answer->account.is_disabled;
	struct token_seal seal = seal_of(w);
	struct tokens tokens = { 0 };
	struct str row;
	enum err err = answer->err == ERR_NOT_FOUND ? OK : answer->err;
	struct txn *t;

	if (err) {
		turn_over(&w->turn, err);
		return;
	}
	row = row_of(answer, ACCOUNT_TOKEN_SPACE, seal.client);
	if (row.ptr && tokens_read(&seal, row, &tokens))
		tokens = (struct tokens){ 0 }; /* broken: as if there were none */
	if (w->login.is_by_token)
		err = check_token(w, &tokens, is_allowed);
	else if (!is_allowed) /* it went in between: nothing is to be kept of it */
		err = ERR_DENIED;
	if (err) {
		secret_wipe(&tokens, sizeof(tokens));
		turn_over(&w->turn, err);
		return;
	}
	t = txn_new();
	put_client(w, answer, t);
	put_tokens(w, &tokens, t);
	secret_wipe(&tokens, sizeof(tokens));
	commit(w, t);
}

/* ---- signing out ---- */

static const struct client_row *find_row(const struct client_row *rows, size_t count, struct str id)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(rows[i].id, id))
			return &rows[i];
	}
	return NULL;
}

static void on_removed(struct txn *t)
{
	struct work *w = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (!err && w->has_more)
		err = ERR_DENIED;
	turn_over(&w->turn, err);
}

static void on_remove(void *arg, struct store_answer *answer)
{
	struct work *w = arg;
	struct str id = str_make(w->id, CLIENT_ID_LEN);
	struct client_row rows[CLIENT_ROWS_MAX];
	const struct client_row *row;
	struct txn *t;

	if (answer->err) {
		turn_over(&w->turn, answer->err);
		return;
	}
	row = find_row(rows, client_rows(w->accounts, answer, rows), id);
	if (!row) {
		turn_over(&w->turn, ERR_NOT_FOUND);
		return;
	}
	w->has_more = row->knows_password || (row->client.ways & CLIENT_BY_CERTIFICATE);
	t = txn_new();
	txn_delete(t, w->login.owner, ACCOUNT_TOKEN_SPACE, id);
	if (!w->has_more)
		txn_delete(t, w->login.owner, ACCOUNT_CLIENT_SPACE, id);
	t->done = on_removed;
	t->arg = w;
	store_commit(accounts_store(w->accounts), t);
}

/* ---- the door ---- */

/* Account and rows in one read, which costs an unknown account what it costs a known one. */
static void read_all(struct turn *t)
{
	struct work *w = container_of(t, struct work, turn);
	struct store_request request = { .kind = READ_OWNER,
					 .owner = t->owner,
					 .spaces = client_spaces,
					 .space_count = CLIENT_SPACE_COUNT };

	store_read(accounts_store(w->accounts), &request, w->remove_fn ? on_remove : on_login, w);
}

void client_log_in(struct accounts *accounts, const struct client_login *login, client_login_fn *fn,
		   void *arg)
{
	struct work *w = work_new(accounts, login->owner, arg);
	struct str owner = w->login.owner;

	w->login = *login;
	w->login.owner = owner;
	w->login.agent_id = STR_NONE; /* only its hash is kept */
	w->login.software = arena_dup(&w->arena, login->software);
	w->login.device = arena_dup(&w->arena, login->device);
	w->login.mechanism = arena_dup(&w->arena, login->mechanism);
	w->login.proof.binding = arena_dup(&w->arena, login->proof.binding);
	w->login_fn = fn;
	client_id(accounts, owner, login->agent_id, w->id);
	w->turn.run = read_all;
	turns_take(accounts_turns(accounts), &w->turn);
}

void client_remove(struct accounts *accounts, struct str owner, struct str id, account_fn *fn,
		   void *arg)
{
	struct work *w = work_new(accounts, owner, arg);

	/* Of another length it is nobody's: the empty id does not exist either. */
	if (id.len == CLIENT_ID_LEN)
		memcpy(w->id, id.ptr, CLIENT_ID_LEN);
	w->remove_fn = fn;
	w->turn.run = read_all;
	turns_take(accounts_turns(accounts), &w->turn);
}
