/* SPDX-License-Identifier: Apache-2.0 */
/* The book of invitations, see invites.h. What memory says is what the store says, or will say when
 * commits under way have ended; one that fails is undone. */
#include "server/model/invites.h"

#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/random.h"
#include "server/model/held.h"
#include "server/store/store.h"

#include <stdlib.h>

#define INVITE_SPACE STR("invite")

enum { ARENA_MAX = 64 * 1024 * 1024 /* bytes of one request; a list of all is the largest */ };

struct record {
	struct invite invite;
	char *strings; /* of invite */
};

struct ready_waiter {
	struct ready_waiter *next;
	void (*fn)(void *arg);
	void *arg;
};

struct invites {
	struct letter letter; /* starts the reading */
	struct loop *loop;
	struct store *store;
	struct str domain;
	struct map records; /* key -> struct record */
	size_t registering; /* of them, those that make accounts; atomic */
	bool is_ready;
	struct ready_waiter *waiters;
};

/* ---- records ---- */

static void record_free(struct record *r)
{
	mem_free(r->strings);
	mem_free(r);
}

static char *put_string(char *at, struct str *s)
{
	if (s->len)
		memcpy(at, s->ptr, s->len);
	s->ptr = at;
	return at + s->len;
}

static struct record *record_add(struct invites *all, const struct invite *i)
{
	struct record *r = mem_zalloc(1, sizeof(*r));
	char *at;

	r->invite = *i;
	at = r->strings = mem_zalloc(1, i->key.len + i->by.len + i->contact.len + i->name.len + 1);
	at = put_string(at, &r->invite.key);
	at = put_string(at, &r->invite.by);
	at = put_string(at, &r->invite.contact);
	(void)put_string(at, &r->invite.name);
	(void)map_set(&all->records, r->invite.key, r);
	if (i->may_register)
		(void)__atomic_add_fetch(&all->registering, 1, __ATOMIC_RELAXED);
	return r;
}

static void record_remove(struct invites *all, struct record *r)
{
	(void)map_remove(&all->records, r->invite.key);
	if (r->invite.may_register)
		(void)__atomic_sub_fetch(&all->registering, 1, __ATOMIC_RELAXED);
	record_free(r);
}

bool invites_may_register(const struct invites *all)
{
	return all && __atomic_load_n(&all->registering, __ATOMIC_RELAXED) > 0;
}

static void put_record(struct invites *all, struct txn *t, const struct record *r)
{
	txn_put(t, all->domain, INVITE_SPACE, r->invite.key, invite_encode(&t->arena, &r->invite));
}

static bool is_live(const struct record *r)
{
	return invite_state(&r->invite, wall_now()) == INVITE_LIVE;
}

static void on_swept(struct txn *t)
{
	if (t->err)
		log_error(NULL, "old invitations stay", F_ERR(t->err));
	txn_free(&t);
}

/* Those that nobody needs to be told about any more. */
static void sweep(struct invites *all)
{
	struct txn *t = txn_new();
	usec_t now = wall_now();
	struct record *r;
	size_t at = 0;

	while ((r = map_next(&all->records, &at))) {
		if (now < r->invite.wall_end + INVITES_KEEP)
			continue;
		txn_delete(t, all->domain, INVITE_SPACE, r->invite.key);
		record_remove(all, r);
	}
	t->done = on_swept;
	if (txn_is_empty(t))
		txn_free(&t);
	else
		store_commit(all->store, t);
}

static bool is_promised(const struct invites *all, struct str owner, struct str but_key)
{
	ptrdiff_t at_sign = str_index(owner, '@');
	struct str node = str_sub(owner, 0, at_sign < 0 ? 0 : (size_t)at_sign);
	struct record *r;
	size_t at = 0;

	while ((r = map_next(&all->records, &at))) {
		if (str_eq(r->invite.name, node) && is_live(r) && !str_eq(r->invite.key, but_key))
			return true;
	}
	return false;
}

static unsigned count_of(const struct invites *all, struct str by)
{
	struct record *r;
	unsigned n = 0;
	size_t at = 0;

	while ((r = map_next(&all->records, &at)))
		n += str_eq(r->invite.by, by) && is_live(r);
	return n;
}

/* ---- reading ---- */

static void on_rows(void *arg, struct store_answer *answer)
{
	struct invites *all = arg;

	if (answer->err && answer->err != ERR_NOT_FOUND)
		log_error(NULL, "the invitations cannot be read", F_ERR(answer->err));
	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct invite i;

		if (invite_decode(row->key, row->value, &i))
			log_error(NULL, "an invitation cannot be read", F_STR("key", row->key));
		else
			(void)record_add(all, &i);
	}
	all->is_ready = true;
	while (all->waiters) {
		struct ready_waiter *w = all->waiters;

		all->waiters = w->next;
		w->fn(w->arg);
		mem_free(w);
	}
}

static void on_start(struct letter *l)
{
	struct invites *all = container_of(l, struct invites, letter);
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = all->domain,
					 .space = INVITE_SPACE };

	store_read(all->store, &request, on_rows, all);
}

void invites_when_ready(struct invites *all, void (*fn)(void *arg), void *arg)
{
	struct ready_waiter *w, **last = &all->waiters;

	if (all->is_ready) {
		fn(arg);
		return;
	}
	w = mem_zalloc(1, sizeof(*w));
	w->fn = fn;
	w->arg = arg;
	while (*last)
		last = &(*last)->next;
	*last = w;
}

struct invites *invites_new(struct loop *loop, struct store *store, struct str domain)
{
	struct invites *all = mem_zalloc(1, sizeof(*all));

	all->loop = loop;
	all->store = store;
	all->domain = domain;
	map_init(&all->records);
	all->letter.fn = on_start;
	loop_post(loop, &all->letter);
	return all;
}

void invites_free(struct invites **invites)
{
	struct invites *all = *invites;
	struct record *r;
	size_t at = 0;

	*invites = NULL;
	if (!all)
		return;
	while ((r = map_next(&all->records, &at)))
		record_free(r);
	map_done(&all->records);
	while (all->waiters) {
		struct ready_waiter *w = all->waiters;

		all->waiters = w->next;
		mem_free(w);
	}
	mem_free(all);
}

/* ---- requests ---- */

struct ask {
	struct letter letter;
	struct invites *all;
	struct loop *home;
	struct arena arena; /* wiped: it holds tokens */
	void (*run)(struct ask *q);
	struct invite wish, found; /* strings in the arena */
	unsigned max;
	struct str token, text, by;
	struct invite *list;
	size_t count;
	enum err err;
	invites_made_fn *made;
	invites_list_fn *listed;
	invites_fn *fn;
	void *arg;
};

static void on_home(struct letter *l)
{
	struct ask *q = container_of(l, struct ask, letter);

	if (q->made)
		q->made(q->arg, q->err, q->err ? STR_NONE : q->token, &q->found);
	else if (q->listed)
		q->listed(q->arg, q->err, q->list, q->count);
	else
		q->fn(q->arg, q->err, &q->found);
	arena_wipe(&q->arena);
	mem_free(q);
}

static void answer(struct ask *q, enum err err)
{
	q->err = err;
	q->letter.fn = on_home;
	loop_post(q->home, &q->letter);
}

static void run_ready(void *arg)
{
	struct ask *q = arg;

	q->run(q);
}

static void on_arrival(struct letter *l)
{
	struct ask *q = container_of(l, struct ask, letter);

	invites_when_ready(q->all, run_ready, q);
}

static struct ask *ask_new(struct invites *all, void (*run)(struct ask *q), void *arg)
{
	struct ask *q = mem_zalloc(1, sizeof(*q));

	arena_init(&q->arena, ARENA_MAX);
	q->all = all;
	q->home = loop_current();
	q->run = run;
	q->arg = arg;
	q->letter.fn = on_arrival;
	return q;
}

static void send(struct ask *q)
{
	loop_post(q->all->loop, &q->letter);
}

/* Strings come along: the record may go meanwhile. */
static struct invite copy(struct arena *a, const struct invite *i)
{
	struct invite c = *i;

	c.key = arena_dup(a, i->key);
	c.by = arena_dup(a, i->by);
	c.contact = arena_dup(a, i->contact);
	c.name = arena_dup(a, i->name);
	return c;
}

static void commit(struct ask *q, struct txn *t, void (*done)(struct txn *t))
{
	t->done = done;
	t->arg = q;
	store_commit(q->all->store, t);
}

/* ---- make ---- */

static void on_made(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;
	struct record *r = map_get(&q->all->records, q->found.key);

	txn_free(&t);
	if (err && r)
		record_remove(q->all, r);
	answer(q, err);
}

static void make(struct ask *q)
{
	struct invites *all = q->all;
	char token[INVITE_TOKEN_LEN + 1];
	struct txn *t = txn_new();

	random_token(token, INVITE_TOKEN_LEN);
	q->token = arena_dup(&q->arena, str_make(token, INVITE_TOKEN_LEN));
	q->wish.key = invite_key(&q->arena, q->token);
	q->wish.wall_made = wall_now();
	q->wish.left = q->wish.uses;
	q->found = q->wish;
	put_record(all, t, record_add(all, &q->wish));
	commit(q, t, on_made);
}

static void on_name_looked_up(void *arg, struct store_answer *a)
{
	struct ask *q = arg;

	if (a->err == ERR_NOT_FOUND)
		make(q);
	else
		answer(q, a->err ? a->err : ERR_EXISTS);
}

static void run_make(struct ask *q)
{
	struct store_request request = { .kind = READ_ACCOUNT };

	sweep(q->all);
	if (q->all->records.count >= INVITES_MAX ||
	    (q->max && count_of(q->all, q->wish.by) >= q->max)) {
		answer(q, ERR_BUSY);
		return;
	}
	if (!q->wish.name.len) {
		make(q);
		return;
	}
	request.owner = ARENA_JOIN(&q->arena, q->wish.name, STR("@"), q->all->domain);
	if (is_promised(q->all, request.owner, STR("")))
		answer(q, ERR_EXISTS);
	else
		store_read(q->all->store, &request, on_name_looked_up, q);
}

void invites_make(struct invites *all, const struct invite *wish, unsigned max, invites_made_fn *fn,
		  void *arg)
{
	struct ask *q = ask_new(all, run_make, arg);

	q->made = fn;
	q->max = max;
	q->wish = copy(&q->arena, wish);
	must(wish->uses >= 1 && wish->uses <= INVITE_USES_MAX &&
	     (wish->uses == 1 || !wish->name.len));
	send(q);
}

/* ---- look up, use ---- */

static void on_use_committed(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (err)
		invites_undo_use(q->all, q->found.key);
	answer(q, err);
}

/* A contact comes: what looked right is looked at again, somebody may have been quicker. */
static void use_for_contact(struct ask *q)
{
	struct record *r = map_get(&q->all->records, q->found.key);
	struct txn *t;

	if (!r || !is_live(r) || !str_eq(r->invite.contact, q->text)) {
		answer(q, ERR_NOT_FOUND);
		return;
	}
	r->invite.left--;
	t = txn_new();
	put_record(q->all, t, r);
	commit(q, t, on_use_committed);
}

/* An account that was removed takes its invitations along, also when the name is given again. */
static void on_maker(void *arg, struct store_answer *a)
{
	struct ask *q = arg;

	if (a->err && a->err != ERR_NOT_FOUND)
		answer(q, a->err);
	else if (a->err || a->account.is_disabled || a->account.wall_created > q->found.wall_made)
		answer(q, ERR_NOT_FOUND);
	else if (q->text.ptr)
		use_for_contact(q);
	else
		answer(q, OK);
}

static void run_look_up(struct ask *q)
{
	struct store_request request = { .kind = READ_ACCOUNT };
	const struct record *r =
		invite_is_token(q->token)
			? map_get(&q->all->records, invite_key(&q->arena, q->token))
			: NULL;

	if (!r) {
		answer(q, ERR_NOT_FOUND);
		return;
	}
	q->found = copy(&q->arena, &r->invite);
	request.owner = q->found.by.len ? q->found.by : q->found.contact;
	if (request.owner.len)
		store_read(q->all->store, &request, on_maker, q);
	else if (q->text.ptr)
		use_for_contact(q);
	else
		answer(q, OK);
}

void invites_look_up(struct invites *all, struct str token, invites_fn *fn, void *arg)
{
	struct ask *q = ask_new(all, run_look_up, arg);

	q->fn = fn;
	q->token = arena_dup(&q->arena, token);
	send(q);
}

void invites_use_for_contact(struct invites *all, struct str token, struct str contact,
			     invites_fn *fn, void *arg)
{
	struct ask *q = ask_new(all, run_look_up, arg);

	q->fn = fn;
	q->token = arena_dup(&q->arena, token);
	q->text = arena_dup(&q->arena, contact);
	send(q);
}

/* ---- list, revoke ---- */

static int newest_first(const void *a, const void *b)
{
	const struct invite *x = a, *y = b;

	return (x->wall_made < y->wall_made) - (x->wall_made > y->wall_made);
}

static void run_list(struct ask *q)
{
	struct map *records = &q->all->records;
	struct record *r;
	size_t at = 0;

	q->list = arena_alloc(&q->arena, (records->count + 1) * sizeof(*q->list));
	while ((r = map_next(records, &at))) {
		if (!q->by.ptr || str_eq(r->invite.by, q->by))
			q->list[q->count++] = copy(&q->arena, &r->invite);
	}
	qsort(q->list, q->count, sizeof(*q->list), newest_first);
	answer(q, OK);
}

void invites_list(struct invites *all, struct str by, invites_list_fn *fn, void *arg)
{
	struct ask *q = ask_new(all, run_list, arg);

	q->listed = fn;
	q->by = str_is_set(by) ? arena_dup(&q->arena, by) : STR_NONE;
	send(q);
}

static void on_revoked(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;
	struct record *r = map_get(&q->all->records, q->found.key);

	txn_free(&t);
	if (!err && r)
		record_remove(q->all, r);
	answer(q, err);
}

static void run_revoke(struct ask *q)
{
	struct record *r, *found = NULL;
	unsigned matches = 0;
	struct txn *t;
	size_t at = 0;

	while ((r = map_next(&q->all->records, &at))) {
		if (q->text.len < 4 || !str_starts(r->invite.key, q->text) ||
		    (q->by.ptr && !str_eq(r->invite.by, q->by)))
			continue;
		found = r;
		matches++;
	}
	if (matches != 1) {
		answer(q, matches ? ERR_INVALID : ERR_NOT_FOUND);
		return;
	}
	q->found = copy(&q->arena, &found->invite);
	found->invite.left = 0; /* from now on nobody uses it */
	t = txn_new();
	txn_delete(t, q->all->domain, INVITE_SPACE, found->invite.key);
	commit(q, t, on_revoked);
}

void invites_revoke(struct invites *all, struct str id, struct str by, invites_fn *fn, void *arg)
{
	struct ask *q = ask_new(all, run_revoke, arg);

	q->fn = fn;
	q->text = arena_dup(&q->arena, id);
	q->by = str_is_set(by) ? arena_dup(&q->arena, by) : STR_NONE;
	send(q);
}

/* ---- for the accounts ---- */

enum err invites_begin_use(struct invites *all, struct str key, struct str owner, struct txn *t)
{
	ptrdiff_t at = str_index(owner, '@');
	struct str node = str_sub(owner, 0, at < 0 ? 0 : (size_t)at);
	struct record *r;

	if (is_promised(all, owner, key))
		return ERR_EXISTS;
	if (!key.len)
		return OK;
	r = map_get(&all->records, key);
	if (!r || !r->invite.may_register || r->invite.left == 0 ||
	    (r->invite.name.len && !str_eq(r->invite.name, node)))
		return ERR_DENIED;
	r->invite.left--;
	put_record(all, t, r);
	if (r->invite.is_trap)
		held_put(t, all->domain, owner, str_sub(key, 0, INVITE_ID_LEN), wall_now());
	return OK;
}

void invites_undo_use(struct invites *all, struct str key)
{
	struct record *r = map_get(&all->records, key);

	if (r && r->invite.left < r->invite.uses)
		r->invite.left++;
}
