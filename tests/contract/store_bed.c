/* SPDX-License-Identifier: Apache-2.0 */
/* The ground under the store's contract tests, see store_bed.h. */
#include "contract/store_bed.h"

#include "base/mem.h"
#include "server/store/sqlite/sqlite.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const usec_t PATIENCE_USEC = 5 * USEC_PER_MIN;

struct call {
	struct letter letter;
	void (*fn)(void *arg);
	void *arg;
	bool is_done;
};

static void run_call(struct letter *l)
{
	struct call *c = container_of(l, struct call, letter);

	c->fn(c->arg);
	c->is_done = true;
}

void bed_wait(struct bed *b, const bool *is_done)
{
	loop_run_until(b->loop, is_done, PATIENCE_USEC);
	if (!*is_done)
		fail_msg("no answer in time");
}

void bed_call(struct bed *b, void (*fn)(void *arg), void *arg)
{
	struct call c = { .letter = { .fn = run_call }, .fn = fn, .arg = arg };

	loop_post(b->loop, &c.letter);
	bed_wait(b, &c.is_done);
}

static int open_bed(void **state, bool is_sqlite)
{
	struct bed *b = mem_zalloc(1, sizeof(*b));

	*state = b;
	if (loop_new(0, &b->loop))
		return -1;
	if (!is_sqlite) {
		b->memory = memory_store_new();
		b->config = memory_store_config(b->memory);
		return bed_reopen(b) ? -1 : 0;
	}
	(void)snprintf(b->root, sizeof(b->root), "/tmp/parley-store-XXXXXX");
	if (!mkdtemp(b->root))
		return -1;
	(void)snprintf(b->dir, sizeof(b->dir), "%.40s/data", b->root);
	b->config = (struct store_config){
		.backend = &sqlite_backend,
		.data_dir = str_from(b->dir),
		.readers = 2,
		.queue_limit = 100000,
		.queue_bytes_limit = 256 * MIB,
		.batch_limit = 2000,
	};
	return bed_reopen(b) ? -1 : 0;
}

int bed_memory(void **state)
{
	return open_bed(state, false);
}

int bed_sqlite(void **state)
{
	return open_bed(state, true);
}

int bed_young(void **state)
{
	struct bed *b;

	if (open_bed(state, true))
		return -1;
	b = *state;
	b->config.young_limit = YOUNG_FEW;
	return bed_reopen(b) ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

int bed_end(void **state)
{
	struct bed *b = *state;

	if (!b)
		return 0;
	bed_close(b);
	loop_free(&b->loop);
	memory_store_free(&b->memory);
	if (b->root[0])
		(void)nftw(b->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	mem_free(b);
	return 0;
}

enum err bed_reopen(struct bed *b)
{
	const char *why = "";

	bed_close(b);
	return store_open(&b->config, &b->store, &why);
}

void bed_close(struct bed *b)
{
	store_close(&b->store);
}

/* ---- commits ---- */

struct commits {
	struct bed *bed;
	struct txn **txns;
	enum err *errs;
	unsigned count, answered;
	bool is_done, is_out_of_order;
};

static void on_done(struct txn *t)
{
	struct commits *c = t->arg;

	if (c->answered >= c->count || c->txns[c->answered] != t || loop_current() != c->bed->loop)
		c->is_out_of_order = true;
	else
		c->errs[c->answered] = t->err;
	c->answered++;
	c->is_done = c->answered == c->count;
	txn_free(&t);
}

static void hand_over(void *arg)
{
	struct commits *c = arg;

	for (unsigned i = 0; i < c->count; i++) {
		c->txns[i]->done = on_done;
		c->txns[i]->arg = c;
		store_commit(c->bed->store, c->txns[i]);
	}
	if (c->answered)
		c->is_out_of_order = true; /* an answer must not come inside the call */
}

void bed_commit_all(struct bed *b, struct txn **txns, unsigned count, enum err *errs)
{
	struct commits c = { .bed = b, .txns = txns, .errs = errs, .count = count };

	bed_call(b, hand_over, &c);
	bed_wait(b, &c.is_done);
	assert_false(c.is_out_of_order);
}

enum err bed_commit(struct bed *b, struct txn *t)
{
	enum err e;

	bed_commit_all(b, &t, 1, &e);
	return e;
}

struct txn *bed_message(struct str a, int64_t seq_a, struct str b, int64_t seq_b, struct str stanza)
{
	struct archive_entry entries[] = {
		{ .owner = a,
		  .seq = seq_a,
		  .peer = str_is_set(b) ? b : STR("x@far"),
		  .flags = ARCHIVE_OUT },
		{ .owner = b, .seq = seq_b, .peer = a, .flags = ARCHIVE_IN },
	};
	struct txn *t = txn_new();

	txn_append(t, seq_a, stanza, entries, str_is_set(b) ? 2 : 1);
	return t;
}

/* ---- the rest ---- */

struct reading {
	struct bed *bed;
	const struct store_request *request;
	struct store_answer answer;
	bool is_done;
};

static void on_answer(void *arg, struct store_answer *answer)
{
	struct reading *r = arg;

	r->answer = *answer;
	arena_init(&answer->arena, 0); /* taken */
	r->is_done = true;
}

static void start_reading(void *arg)
{
	struct reading *r = arg;

	store_read(r->bed->store, r->request, on_answer, r);
}

struct store_answer bed_read(struct bed *b, const struct store_request *request)
{
	struct reading r = { .bed = b, .request = request };

	bed_call(b, start_reading, &r);
	bed_wait(b, &r.is_done);
	return r.answer;
}

struct errand {
	struct bed *bed;
	struct str text;
	usec_t wall_before;
	enum err err;
	uint64_t removed;
	bool is_done;
};

static void on_expired(void *arg, enum err e, uint64_t removed)
{
	struct errand *x = arg;

	x->err = e;
	x->removed = removed;
	x->is_done = true;
}

static void start_expiry(void *arg)
{
	struct errand *x = arg;

	store_expire(x->bed->store, x->text, x->wall_before, on_expired, x);
}

enum err bed_expire(struct bed *b, struct str owner, usec_t wall_before, uint64_t *ret_removed)
{
	struct errand x = { .bed = b, .text = owner, .wall_before = wall_before };

	bed_call(b, start_expiry, &x);
	bed_wait(b, &x.is_done);
	*ret_removed = x.removed;
	return x.err;
}

static void on_backup(void *arg, enum err e)
{
	on_expired(arg, e, 0);
}

static void start_backup(void *arg)
{
	struct errand *x = arg;

	store_backup(x->bed->store, x->text, on_backup, x);
}

enum err bed_backup(struct bed *b, const char *path)
{
	struct errand x = { .bed = b, .text = str_from(path) };

	bed_call(b, start_backup, &x);
	bed_wait(b, &x.is_done);
	return x.err;
}

void bed_sql(struct bed *b, const char *sql)
{
	char path[128];
	sqlite3 *conn;

	(void)snprintf(path, sizeof(path), "%s/parley.db", b->dir);
	assert_int_equal(sqlite3_open_v2(path, &conn, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(conn);
}
