/* SPDX-License-Identifier: Apache-2.0 */
/* The book of uploads, see uploads.h: what goes, because somebody says so, or because its time is
 * over: a round through all rows, one removal at a time. The first round counts everything, and in
 * front of it goes what a crash left without a row. */
#include "server/model/uploads-private.h"

#include "base/log.h"
#include "base/mem.h"

static const usec_t ROUND_USEC = USEC_PER_HOUR;      /* between two rounds, at most */
static const usec_t ROUND_LEAST_USEC = USEC_PER_SEC; /* and at least */
static const usec_t RETRY_USEC = 10 * USEC_PER_MSEC;

/* ---- one file ---- */

static void unlink_it(struct job *j, unused_arg void *thread_ctx)
{
	struct ask *q = container_of(j, struct ask, job);
	struct blob_store *blobs = q->all->config.blobs;

	if (!q->u.hash.len && (q->err = blob_part_delete(blobs, q->u.id)) != ERR_NOT_FOUND)
		return;
	q->err = blob_delete(blobs, q->u.id, q->u.hash);
}

/* Its row has gone: what is left on the disk goes at the next start, at the latest. */
static void on_unlinked(struct job *j)
{
	struct ask *q = container_of(j, struct ask, job);

	if (q->err && q->err != ERR_NOT_FOUND)
		log_error(NULL, "a removed upload is still on the disk", F_ERR(q->err),
			  F_STR("id", q->u.id));
	uploads_let_go(q->all, uploads_hand(q->all, q->u.id));
	uploads_answer(q, OK);
}

static void on_row_gone(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (!err && !str_eq(q->u.hash, UPLOADS_GONE)) {
		uploads_count(q->all, q->u.id, q->u.owner, q->u.size, -1);
		q->job.run = unlink_it;
		q->job.done = on_unlinked;
		if (pool_submit(q->all->config.pool, &q->job) == OK)
			return;
		log_error(NULL, "a removed upload stays on the disk until the next start",
			  F_STR("id", q->u.id));
	}
	uploads_let_go(q->all, uploads_hand(q->all, q->u.id));
	uploads_answer(q, err);
}

/* As long as its slot might be good the id is not given again. */
static void write_removal(struct txn *t, struct str domain, const struct upload *u)
{
	struct upload gone = { .owner = u->owner, .name = STR("gone"), .hash = UPLOADS_GONE };

	gone.wall_made = u->wall_made;
	gone.wall_end = u->wall_made + UPLOADS_SLOT_AGE_MAX;
	if (str_eq(u->hash, UPLOADS_GONE) || gone.wall_end <= wall_now())
		txn_delete(t, domain, UPLOAD_SPACE, u->id);
	else
		txn_put(t, domain, UPLOAD_SPACE, u->id, upload_encode(&t->arena, &gone));
	txn_delete(t, u->owner, UPLOAD_OF_SPACE, u->id);
}

/* Whether the row is there for who asks: what is gone already only the round takes away, later. */
static enum err judge(const struct ask *q, const struct store_answer *answer, struct upload *ret)
{
	if (answer->err)
		return answer->err;
	if (!answer->rows || upload_decode(q->u.id, answer->rows->value, ret) ||
	    (q->owner.len && !str_eq(ret->owner, q->owner)) ||
	    (str_eq(ret->hash, UPLOADS_GONE) && ret->wall_end > wall_now()))
		return ERR_NOT_FOUND;
	return OK;
}

static void on_row(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	struct upload u;
	enum err err = judge(q, answer, &u);
	struct txn *t;

	if (err) {
		uploads_let_go(q->all, uploads_hand(q->all, q->u.id));
		uploads_answer(q, err);
		return;
	}
	q->u = uploads_copy(&q->arena, &u);
	t = txn_new();
	write_removal(t, q->all->config.domain, &q->u);
	t->done = on_row_gone;
	t->arg = q;
	store_commit(q->all->config.store, t);
}

static void run_delete(struct ask *q)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = q->all->config.domain,
					 .space = UPLOAD_SPACE,
					 .key = q->u.id };

	if (!blob_is_id(q->u.id) || uploads_hand(q->all, q->u.id)) {
		uploads_answer(q, blob_is_id(q->u.id) ? ERR_AGAIN : ERR_NOT_FOUND);
		return;
	}
	(void)uploads_take(q->all, q->u.id);
	store_read(q->all->config.store, &request, on_row, q);
}

void uploads_delete(struct uploads *all, struct str id, struct str owner, uploads_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, run_delete, arg);

	q->fn = fn;
	q->u.id = arena_dup(&q->arena, id);
	q->owner = arena_dup(&q->arena, owner);
	uploads_send(q);
}

/* ---- all of an account ---- */

static void next_of_owner(struct ask *q);

static void on_half_gone(struct txn *t)
{
	struct ask *q = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (err)
		uploads_answer(q, err);
	else
		next_of_owner(q);
}

/* A row of the account without one of the service: no file stands behind it. */
static void drop_half(struct ask *q)
{
	struct txn *t = txn_new();

	txn_delete(t, q->owner, UPLOAD_OF_SPACE, q->u.id);
	t->done = on_half_gone;
	t->arg = q;
	store_commit(q->all->config.store, t);
}

static void on_one_gone(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct ask *q = arg;

	if (err == ERR_NOT_FOUND)
		drop_half(q);
	else if (err && err != ERR_AGAIN)
		uploads_answer(q, err);
	else
		next_of_owner(q);
}

static void on_retry(struct timer *t)
{
	next_of_owner(container_of(t, struct ask, retry));
}

static void on_first(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	struct holder *h = map_get(&q->all->holders, q->owner);
	struct str id = answer->rows ? answer->rows->key : STR_NONE;

	if (answer->err) {
		uploads_answer(q, answer->err);
	} else if ((id.len && uploads_hand(q->all, id)) || (!id.len && h && h->ending)) {
		q->retry.fn = on_retry;
		loop_timer(q->all->config.loop, &q->retry, RETRY_USEC);
	} else if (id.len) {
		q->u.id = arena_dup(&q->arena, id);
		uploads_delete(q->all, id, STR_NONE, on_one_gone, q);
	} else {
		uploads_answer(q, OK);
	}
}

static void next_of_owner(struct ask *q)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = q->owner,
					 .space = UPLOAD_OF_SPACE,
					 .after_key = STR(""),
					 .max = 1 };

	store_read(q->all->config.store, &request, on_first, q);
}

/* What is in hand is not kept when it ends: see run_end. */
static void run_delete_owner(struct ask *q)
{
	uploads_holder(q->all, q->owner)->wall_removed = wall_now();
	next_of_owner(q);
}

void uploads_delete_owner(struct uploads *all, struct str owner, uploads_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, run_delete_owner, arg);

	q->fn = fn;
	q->owner = arena_dup(&q->arena, owner);
	uploads_send(q);
}

/* ---- rounds ---- */

struct expiring {
	struct list link;
	char id[UPLOAD_ID_LEN + 1];
};

static void read_page(struct uploads *all);

static void end_round(struct uploads *all)
{
	all->is_in_round = false;
	all->is_counted = true;
	uploads_ends_at(all, all->wall_next);
}

static void next_expired(struct uploads *all);

static void on_expired(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct uploads *all = arg;

	if (!err)
		(void)__atomic_add_fetch(&all->expired_count, 1, __ATOMIC_RELAXED);
	else if (err != ERR_NOT_FOUND && err != ERR_AGAIN)
		log_error(NULL, "an upload whose time is over stays", F_ERR(err));
	next_expired(all);
}

static void next_expired(struct uploads *all)
{
	struct expiring *x;
	struct str id;

	if (list_is_empty(&all->expired)) {
		read_page(all);
		return;
	}
	x = list_entry(all->expired.next, struct expiring, link);
	list_remove(&x->link);
	id = str_from(x->id);
	uploads_delete(all, id, STR_NONE, on_expired, all);
	mem_free(x);
}

static void take_row(struct uploads *all, const struct keyval_row *row)
{
	struct expiring *x;
	struct upload u;

	memcpy(all->cursor, row->key.ptr,
	       row->key.len < UPLOAD_ID_LEN ? row->key.len : UPLOAD_ID_LEN);
	if (upload_decode(row->key, row->value, &u)) {
		log_error(NULL, "an upload cannot be read", F_STR("id", row->key));
		return;
	}
	if (!all->is_counted && !str_eq(u.hash, UPLOADS_GONE)) {
		all->count++;
		all->bytes += u.size;
	}
	if (u.wall_end && u.wall_end <= wall_now() && row->key.len == UPLOAD_ID_LEN) {
		x = mem_zalloc(1, sizeof(*x));
		memcpy(x->id, row->key.ptr, UPLOAD_ID_LEN);
		list_append(&all->expired, &x->link);
	} else if (u.wall_end && (!all->wall_next || u.wall_end < all->wall_next)) {
		all->wall_next = u.wall_end;
	}
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct uploads *all = arg;

	for (const struct keyval_row *row = answer->rows; row && !answer->err; row = row->next)
		take_row(all, row);
	if (answer->err)
		log_error(NULL, "uploads cannot be looked through", F_ERR(answer->err));
	all->is_in_round = answer->has_more && !answer->err;
	next_expired(all);
}

static void read_page(struct uploads *all)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = all->config.domain,
					 .space = UPLOAD_SPACE,
					 .after_key = str_from(all->cursor),
					 .max = UPLOADS_PAGE };

	if (all->is_in_round)
		store_read(all->config.store, &request, on_page, all);
	else
		end_round(all);
}

static void begin_round(struct uploads *all)
{
	memset(all->cursor, 0, sizeof(all->cursor));
	all->wall_next = 0;
	all->is_in_round = true;
	read_page(all);
}

static void on_timer(struct timer *t)
{
	begin_round(container_of(t, struct uploads, timer));
}

void uploads_ends_at(struct uploads *all, usec_t wall_end)
{
	usec_t left = wall_end ? wall_end - wall_now() : ROUND_USEC;

	if (wall_end && (!all->wall_next || wall_end < all->wall_next))
		all->wall_next = wall_end;
	else if (wall_end && all->wall_next != wall_end)
		return; /* the timer is sooner */
	if (all->is_in_round)
		return; /* its end looks again */
	if (left > ROUND_USEC)
		left = ROUND_USEC;
	loop_timer(all->config.loop, &all->timer,
		   left < ROUND_LEAST_USEC ? ROUND_LEAST_USEC : left);
}

/* ---- what a crash left ---- */

/* All blobs, or parts, a few at a time: their rows are looked for. */
struct orphans {
	struct job job;
	struct uploads *all;
	struct arena arena;
	struct str *ids;
	size_t count, cap, at;
	bool are_parts;
	uint64_t removed;
};

enum { ORPHANS_STEP = 256, ORPHANS_MAX = 4 * 1000 * 1000 };

static enum err add_id(void *arg, struct str id)
{
	struct orphans *o = arg;

	if (o->count == ORPHANS_MAX)
		return OK;
	if (o->count == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 1024;
		o->ids = mem_grow(o->ids, o->cap * sizeof(*o->ids));
	}
	o->ids[o->count++] = arena_dup(&o->arena, id);
	return OK;
}

static void list_blobs(struct job *j, unused_arg void *thread_ctx)
{
	struct orphans *o = container_of(j, struct orphans, job);

	if (blob_each(o->all->config.blobs, o->are_parts, add_id, o))
		log_error(NULL, "the folder of uploads cannot be read");
	if (!o->count && blob_sweep(o->all->config.blobs))
		log_error(NULL, "the folder of uploads cannot be swept");
}

static void next_orphans(struct orphans *o);
static void look_for_orphans(struct uploads *all, bool are_parts);

static void end_orphans(struct orphans *o)
{
	struct uploads *all = o->all;
	bool is_last = o->are_parts;

	if (o->removed)
		log_info(NULL, "unfinished uploads removed", F_INT("files", (int64_t)o->removed));
	arena_done(&o->arena);
	mem_free(o->ids);
	mem_free(o);
	if (is_last)
		begin_round(all);
	else
		look_for_orphans(all, true);
}

static void unlink_orphans(struct job *j, unused_arg void *thread_ctx)
{
	struct orphans *o = container_of(j, struct orphans, job);
	struct blob_store *blobs = o->all->config.blobs;

	for (size_t i = o->at; i < o->count && i < o->at + ORPHANS_STEP; i++) {
		if (o->ids[i].len && (o->are_parts ? blob_part_delete(blobs, o->ids[i])
						   : blob_delete(blobs, o->ids[i], STR_NONE)) == OK)
			o->removed++;
	}
	if (o->at + ORPHANS_STEP >= o->count && blob_sweep(blobs))
		log_error(NULL, "the folder of uploads cannot be swept");
}

static void on_orphans_gone(struct job *j)
{
	struct orphans *o = container_of(j, struct orphans, job);

	o->at += ORPHANS_STEP;
	next_orphans(o);
}

/* Whether a row stands for a blob, or a part. A blob may have come in front of its row: that is
 * seen when somebody goes on with the upload. */
static bool needs(const struct keyval_row *row, bool are_parts)
{
	struct upload u;

	if (upload_decode(row->key, row->value, &u))
		return true;
	return !str_eq(u.hash, UPLOADS_GONE) && !(are_parts && u.hash.len);
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct orphans *o = arg;

	for (size_t i = o->at; i < o->count && i < o->at + ORPHANS_STEP; i++) {
		bool is_kept = answer->err != OK;

		for (const struct keyval_row *row = answer->rows; row && !is_kept; row = row->next)
			is_kept = str_eq(row->key, o->ids[i]) && needs(row, o->are_parts);
		if (is_kept)
			o->ids[i] = STR_NONE;
	}
	o->job.run = unlink_orphans;
	o->job.done = on_orphans_gone;
	if (pool_submit(o->all->config.pool, &o->job))
		end_orphans(o);
}

/* What is being sent right now has no row yet: it is left alone. */
static void next_orphans(struct orphans *o)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = o->all->config.domain,
					 .space = UPLOAD_SPACE };
	struct str keys[ORPHANS_STEP];

	if (o->at >= o->count) {
		end_orphans(o);
		return;
	}
	for (size_t i = o->at; i < o->count && i < o->at + ORPHANS_STEP; i++) {
		if (uploads_hand(o->all, o->ids[i]))
			o->ids[i] = STR_NONE;
		else
			keys[request.key_count++] = o->ids[i];
	}
	request.keys = keys;
	store_read(o->all->config.store, &request, on_rows, o);
}

static void on_listed(struct job *j)
{
	next_orphans(container_of(j, struct orphans, job));
}

static void look_for_orphans(struct uploads *all, bool are_parts)
{
	struct orphans *o = mem_zalloc(1, sizeof(*o));

	arena_init(&o->arena, SIZE_MAX);
	o->all = all;
	o->are_parts = are_parts;
	o->job.run = list_blobs;
	o->job.done = on_listed;
	if (pool_submit(all->config.pool, &o->job))
		end_orphans(o);
}

/* ---- life ---- */

void uploads_round_start(struct uploads *all)
{
	all->timer.fn = on_timer;
	look_for_orphans(all, false);
}

void uploads_round_stop(struct uploads *all)
{
	loop_timer_stop(all->config.loop, &all->timer);
	while (!list_is_empty(&all->expired)) {
		struct expiring *x = list_entry(all->expired.next, struct expiring, link);

		list_remove(&x->link);
		mem_free(x);
	}
}
