/* SPDX-License-Identifier: Apache-2.0 */
/* The book of uploads, see uploads.h: what comes, and what each account has. */
#include "server/model/uploads-private.h"

#include "base/log.h"
#include "base/mem.h"

/* ---- requests ---- */

static void on_home(struct letter *l)
{
	struct ask *q = container_of(l, struct ask, letter);

	if (q->fn)
		q->fn(q->arg, q->err, &q->u);
	else if (q->listed)
		q->listed(q->arg, q->err, q->list, q->count, q->has_more ? q->after : STR_NONE);
	else if (q->used)
		q->used(q->arg, q->err, q->files, q->bytes);
	arena_done(&q->arena);
	mem_free(q);
}

void uploads_answer(struct ask *q, enum err err)
{
	q->err = err;
	q->letter.fn = on_home;
	if (q->home)
		loop_post(q->home, &q->letter);
	else
		on_home(&q->letter);
}

static void on_arrival(struct letter *l)
{
	struct ask *q = container_of(l, struct ask, letter);

	q->run(q);
}

struct ask *uploads_ask(struct uploads *all, void (*run)(struct ask *q), void *arg)
{
	struct ask *q = mem_zalloc(1, sizeof(*q));

	arena_init(&q->arena, UPLOADS_ARENA_MAX);
	q->all = all;
	q->home = loop_current();
	q->run = run;
	q->arg = arg;
	q->letter.fn = on_arrival;
	return q;
}

void uploads_send(struct ask *q)
{
	loop_post(q->all->config.loop, &q->letter);
}

struct upload uploads_copy(struct arena *a, const struct upload *u)
{
	struct upload c = *u;

	c.id = arena_dup(a, u->id);
	c.owner = arena_dup(a, u->owner);
	c.name = arena_dup(a, u->name);
	c.type = arena_dup(a, u->type);
	c.hash = arena_dup(a, u->hash);
	return c;
}

/* ---- holders ---- */

static bool is_needed(const struct holder *h)
{
	return h->hands || h->is_loading || h->waiters;
}

static void forget_holders(struct uploads *all)
{
	struct holder *h;
	size_t at = 0;

	while ((h = map_next(&all->holders, &at))) {
		if (is_needed(h))
			continue;
		(void)map_remove(&all->holders, h->owner);
		mem_free(h);
	}
}

struct holder *uploads_holder(struct uploads *all, struct str owner)
{
	struct holder *h = map_get(&all->holders, owner);

	if (h)
		return h;
	if (all->holders.count >= UPLOADS_HOLDERS_MAX)
		forget_holders(all);
	h = mem_zalloc(1, sizeof(*h) + owner.len);
	memcpy(h->name, owner.ptr, owner.len);
	h->owner = str_make(h->name, owner.len);
	(void)map_set(&all->holders, h->owner, h);
	return h;
}

static void read_holder(struct ask *q, struct str after);

static void end_loading(struct ask *q, enum err err)
{
	struct holder *h = q->holder;
	struct ask *waiting = h->waiters;

	if (!err && h->is_stale) {
		h->is_stale = false;
		h->count = h->bytes = 0;
		read_holder(q, STR(""));
		return;
	}
	h->is_loading = h->is_stale = false;
	h->is_loaded = !err;
	h->waiters = NULL;
	while (waiting) {
		struct ask *next = waiting->next;

		if (err)
			uploads_answer(waiting, err);
		else
			waiting->then(waiting);
		waiting = next;
	}
}

static void on_holder_rows(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	struct str last = STR_NONE;

	for (const struct keyval_row *row = answer->rows; row && !answer->err; row = row->next) {
		struct upload u;

		last = row->key;
		q->holder->count++;
		if (upload_decode(row->key, row->value, &u) == OK)
			q->holder->bytes += u.size;
	}
	if (answer->err || !answer->has_more || !str_is_set(last))
		end_loading(q, answer->err);
	else
		read_holder(q, last);
}

static void read_holder(struct ask *q, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = q->holder->owner,
					 .space = UPLOAD_OF_SPACE,
					 .after_key = after,
					 .max = UPLOADS_PAGE };

	store_read(q->all->config.store, &request, on_holder_rows, q);
}

void uploads_load(struct ask *q, void (*then)(struct ask *q))
{
	struct holder *h = q->holder;

	if (h->is_loaded) {
		then(q);
		return;
	}
	q->then = then;
	q->next = h->waiters;
	h->waiters = q;
	if (h->is_loading)
		return;
	h->is_loading = true;
	h->count = h->bytes = 0;
	read_holder(q, STR(""));
}

static void add(uint64_t *sum, uint64_t n, int count)
{
	if (count > 0)
		*sum += n;
	else
		*sum -= *sum < n ? *sum : n;
}

void uploads_count(struct uploads *all, struct str id, struct str owner, uint64_t size, int count)
{
	struct holder *h = map_get(&all->holders, owner);

	if (h && h->is_loading)
		h->is_stale = true;
	if (h && h->is_loaded) {
		add(&h->count, 1, count);
		add(&h->bytes, size, count);
	}
	/* What the first round comes by later it counts itself. */
	if (all->is_counted || str_cmp(id, str_from(all->cursor)) <= 0) {
		add(&all->count, 1, count);
		add(&all->bytes, size, count);
	}
}

/* ---- hands ---- */

struct hand *uploads_hand(const struct uploads *all, struct str id)
{
	return map_get(&all->hands, id);
}

struct hand *uploads_take(struct uploads *all, struct str id)
{
	struct hand *h = mem_zalloc(1, sizeof(*h));

	memcpy(h->id, id.ptr, id.len < UPLOAD_ID_LEN ? id.len : UPLOAD_ID_LEN);
	h->wall_begun = wall_now();
	(void)map_set(&all->hands, str_from(h->id), h);
	return h;
}

void uploads_let_go(struct uploads *all, struct hand *h)
{
	(void)map_remove(&all->hands, str_from(h->id));
	if (h->holder) {
		h->holder->hands--;
		h->holder->hand_bytes -= h->size;
		all->hand_bytes -= h->size;
	}
	mem_free(h);
}

static void set_aside(struct ask *q, struct hand *h, uint64_t size)
{
	h->holder = q->holder;
	h->size = size;
	q->holder->hands++;
	q->holder->hand_bytes += size;
	q->all->hand_bytes += size;
}

/* ---- may it be sent? ---- */

static void refuse(struct ask *q, enum err err)
{
	struct hand *h = q->is_sending ? uploads_hand(q->all, q->u.id) : NULL;

	if (h)
		uploads_let_go(q->all, h);
	uploads_answer(q, err);
}

static void look_at_disk(struct job *j, unused_arg void *thread_ctx)
{
	struct ask *q = container_of(j, struct ask, job);
	uint64_t space = 0;

	q->err = blob_free_space(q->all->config.blobs, &space);
	if (!q->err && (space < q->rules.spare || space - q->rules.spare < q->u.size))
		q->err = ERR_NO_SPACE;
}

static void on_disk(struct job *j)
{
	struct ask *q = container_of(j, struct ask, job);

	if (q->err)
		refuse(q, q->err);
	else
		uploads_answer(q, OK);
}

/* Its own bytes are set aside already, when it is in hand. */
static bool is_over(uint64_t limit, uint64_t kept, uint64_t in_hand, const struct ask *q)
{
	uint64_t more = q->is_sending ? 0 : q->u.size;

	return limit && (kept > limit || in_hand > limit - kept || more > limit - kept - in_hand);
}

static void judge(struct ask *q)
{
	const struct holder *h = q->holder;
	struct uploads *all = q->all;

	if (is_over(q->rules.quota, h->bytes, h->hand_bytes, q) ||
	    h->count + h->hands > UPLOADS_FILES_MAX) {
		refuse(q, ERR_TOO_BIG);
		return;
	}
	if (q->rules.total && !all->is_counted) {
		refuse(q, ERR_BUSY);
		return;
	}
	if (is_over(q->rules.total, all->bytes, all->hand_bytes, q)) {
		refuse(q, ERR_NO_SPACE);
		return;
	}
	q->job.run = look_at_disk;
	q->job.done = on_disk;
	if (pool_submit(all->config.pool, &q->job))
		refuse(q, ERR_BUSY);
}

/* A name that was given again brings no slots of the account before. */
static void on_account(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		refuse(q, answer->err);
		return;
	}
	if (answer->err || answer->account.is_disabled ||
	    answer->account.wall_created > q->u.wall_made) {
		refuse(q, ERR_DENIED);
		return;
	}
	q->holder = uploads_holder(q->all, q->u.owner);
	uploads_load(q, judge);
}

static void ask_account(struct ask *q)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = q->u.owner };

	store_read(q->all->config.store, &request, on_account, q);
}

static void on_free_row(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;

	if (answer->err || answer->rows)
		refuse(q, answer->err ? answer->err : ERR_EXISTS);
	else
		ask_account(q);
}

static bool is_free(struct ask *q)
{
	if (uploads_hand(q->all, q->u.id))
		uploads_answer(q, ERR_AGAIN);
	else if (q->all->hands.count >= UPLOADS_AT_ONCE_MAX ||
		 uploads_holder(q->all, q->u.owner)->hands >= UPLOADS_OF_ONE_MAX)
		uploads_answer(q, ERR_BUSY);
	else
		return true;
	return false;
}

static void read_row(struct ask *q, void (*fn)(void *arg, struct store_answer *answer))
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = q->all->config.domain,
					 .space = UPLOAD_SPACE,
					 .key = q->u.id };

	store_read(q->all->config.store, &request, fn, q);
}

static void run_begin(struct ask *q)
{
	if (!is_free(q))
		return;
	q->holder = uploads_holder(q->all, q->u.owner);
	set_aside(q, uploads_take(q->all, q->u.id), q->u.size);
	read_row(q, on_free_row);
}

static struct ask *ask_for(struct uploads *all, void (*run)(struct ask *q), const struct upload *u,
			   uploads_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, run, arg);

	q->u = uploads_copy(&q->arena, u);
	q->fn = fn;
	return q;
}

void uploads_begin(struct uploads *all, const struct upload *u, const struct upload_rules *rules,
		   uploads_fn *fn, void *arg)
{
	struct ask *q = ask_for(all, run_begin, u, fn, arg);

	q->rules = *rules;
	q->is_sending = true;
	uploads_send(q);
}

/* ---- parts ---- */

static void on_part_row(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	struct upload u;

	if (answer->err || !answer->rows)
		refuse(q, answer->err ? answer->err : ERR_NOT_FOUND);
	else if (upload_decode(q->u.id, answer->rows->value, &u) || !str_eq(u.owner, q->u.owner) ||
		 str_eq(u.hash, UPLOADS_GONE))
		refuse(q, ERR_NOT_FOUND);
	else if (u.hash.len)
		refuse(q, ERR_EXISTS);
	else
		uploads_answer(q, OK);
}

static void run_resume(struct ask *q)
{
	struct hand *h;

	if (!is_free(q))
		return;
	q->holder = uploads_holder(q->all, q->u.owner);
	h = uploads_take(q->all, q->u.id);
	h->is_part = true;
	set_aside(q, h, 0);
	read_row(q, on_part_row);
}

void uploads_resume(struct uploads *all, const struct upload *u, uploads_fn *fn, void *arg)
{
	struct ask *q = ask_for(all, run_resume, u, fn, arg);

	q->is_sending = true;
	uploads_send(q);
}

/* ---- the end ---- */

static void on_written(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;
	struct hand *h = uploads_hand(q->all, q->u.id);
	bool is_new = !h->is_part;

	txn_free(&t);
	h->holder->ending--;
	uploads_let_go(q->all, h);
	if (!err && is_new)
		uploads_count(q->all, q->u.id, q->u.owner, q->u.size, 1);
	if (!err && q->u.wall_end)
		uploads_ends_at(q->all, q->u.wall_end);
	uploads_answer(q, err);
}

static void run_end(struct ask *q)
{
	struct hand *h = uploads_hand(q->all, q->u.id);
	struct txn *t;
	struct str value;

	must(h && h->holder);
	if (h->holder->wall_removed >= h->wall_begun) {
		uploads_let_go(q->all, h);
		uploads_answer(q, ERR_DENIED);
		return;
	}
	h->holder->ending++;
	t = txn_new();
	value = upload_encode(&t->arena, &q->u);
	txn_put(t, q->all->config.domain, UPLOAD_SPACE, q->u.id, value);
	txn_put(t, q->u.owner, UPLOAD_OF_SPACE, q->u.id, value);
	t->done = on_written;
	t->arg = q;
	store_commit(q->all->config.store, t);
}

void uploads_end(struct uploads *all, const struct upload *u, uploads_fn *fn, void *arg)
{
	uploads_send(ask_for(all, run_end, u, fn, arg));
}

static void run_give_up(struct ask *q)
{
	struct hand *h = uploads_hand(q->all, q->u.id);

	if (h)
		uploads_let_go(q->all, h);
	uploads_answer(q, OK);
}

void uploads_give_up(struct uploads *all, struct str id)
{
	struct upload u = { .id = id };

	uploads_send(ask_for(all, run_give_up, &u, NULL, NULL));
}

/* ---- asking only ---- */

void uploads_may_send(struct uploads *all, const struct upload *u, const struct upload_rules *rules,
		      uploads_fn *fn, void *arg)
{
	struct ask *q = ask_for(all, ask_account, u, fn, arg);

	q->rules = *rules;
	uploads_send(q);
}

/* ---- life ---- */

static void on_start(struct letter *l)
{
	uploads_round_start(container_of(l, struct uploads, letter));
}

struct uploads *uploads_new(const struct uploads_config *config)
{
	struct uploads *all = mem_zalloc(1, sizeof(*all));

	all->config = *config;
	map_init(&all->holders);
	map_init(&all->hands);
	list_init(&all->expired);
	all->letter.fn = on_start;
	loop_post(config->loop, &all->letter);
	return all;
}

void uploads_free(struct uploads **uploads)
{
	struct uploads *all = *uploads;
	struct holder *holder;
	struct hand *hand;
	size_t at = 0;

	*uploads = NULL;
	if (!all)
		return;
	uploads_round_stop(all);
	while ((hand = map_next(&all->hands, &at)))
		mem_free(hand);
	at = 0;
	while ((holder = map_next(&all->holders, &at)))
		mem_free(holder);
	map_done(&all->hands);
	map_done(&all->holders);
	mem_free(all);
}

struct pool *uploads_pool(const struct uploads *all)
{
	return all->config.pool;
}

struct blob_store *uploads_blobs(const struct uploads *all)
{
	return all->config.blobs;
}

const uint8_t *uploads_key(const struct uploads *all)
{
	return all->config.key;
}
