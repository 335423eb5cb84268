/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit and its failures, through the seams of the memory double. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include "base/metric.h"

#include <stdio.h>

#define ANNA STR("anna@here")

static struct txn *put_txn(const char *key)
{
	struct txn *t = txn_new();

	txn_put(t, ANNA, STR("s"), str_from(key), STR("v"));
	return t;
}

/* Hands over txns while the writer stands still in a first one, so that they are one batch; errs[0]
 * is the first one's. */
struct held {
	struct bed *bed;
	struct txn *txns[64];
	enum err errs[64];
	unsigned count, answered;
	bool is_done;
};

static void on_done(struct txn *t)
{
	struct held *h = t->arg;

	assert_ptr_equal(t, h->txns[h->answered]);
	h->errs[h->answered++] = t->err;
	h->is_done = h->answered == h->count;
	txn_free(&t);
}

static void hand_over(void *arg)
{
	struct held *h = arg;

	for (unsigned i = 0; i < h->count; i++) {
		h->txns[i]->done = on_done;
		h->txns[i]->arg = h;
		store_commit(h->bed->store, h->txns[i]);
	}
}

static void run_held(struct held *h)
{
	memory_store_hold(h->bed->memory, true);
	bed_call(h->bed, hand_over, h);
	assert_int_equal(h->answered, 0);
	memory_store_hold(h->bed->memory, false);
	bed_wait(h->bed, &h->is_done);
}

static void fill_held(struct held *h, unsigned count)
{
	h->count = count;
	for (unsigned i = 0; i < count; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "%u", i);
		h->txns[i] = put_txn(key);
	}
}

static void what_waits_shares_a_commit(void **state)
{
	struct held h = { .bed = *state };
	int64_t commits = metric_sum(METRIC_COMMITS), rows = metric_sum(METRIC_COMMIT_ROWS);

	fill_held(&h, 40);
	run_held(&h);
	for (unsigned i = 0; i < h.count; i++)
		assert_ok(h.errs[i]);
	/* The writer may have taken a part before the last was handed over: one commit, then the
	 * rest. */
	assert_true(memory_store_commits(h.bed->memory) <= 2);
	assert_int_equal(memory_store_applied(h.bed->memory), 40);
	assert_int_equal(metric_sum(METRIC_COMMITS) - commits, memory_store_commits(h.bed->memory));
	assert_int_equal(metric_sum(METRIC_COMMIT_ROWS) - rows, 40);
	assert_int_equal(metric_sum(METRIC_STORE_QUEUE), 0);
	assert_int_equal(metric_sum(METRIC_MEM_STORE), 0);
}

static void batches_keep_their_limit(void **state)
{
	struct held h = { .bed = *state };

	h.bed->config.batch_limit = 10;
	assert_ok(bed_reopen(h.bed));
	fill_held(&h, 40);
	run_held(&h);
	assert_true(memory_store_commits(h.bed->memory) >= 4);
	assert_true(memory_store_commits(h.bed->memory) <= 5);
}

static void an_op_that_fails_fails_its_txn_only(void **state)
{
	struct held h = { .bed = *state };
	int64_t failed = metric_sum(METRIC_COMMIT_FAILED);

	fill_held(&h, 5);
	txn_put(h.txns[3], ANNA, STR("s"), STR("half"), STR("v"));
	/* A fault that comes once: the txn is tried again behind those in front of it, and then
	 * stands alone. */
	assert_ok(bed_commit(h.bed, put_txn("a")));
	memory_store_fail_apply(h.bed->memory, 1, ERR_IO);
	assert_err(bed_commit(h.bed, put_txn("b")), ERR_IO);
	assert_int_equal(metric_sum(METRIC_COMMIT_FAILED) - failed, 1);
	run_held(&h);
	for (unsigned i = 0; i < h.count; i++)
		assert_ok(h.errs[i]);
}

static unsigned count_rows(struct bed *b)
{
	struct store_request r = { .kind = READ_KEYVAL, .owner = ANNA, .space = STR("s") };
	struct store_answer a = bed_read(b, &r);
	unsigned n = 0;

	for (const struct keyval_row *row = a.rows; row; row = row->next)
		n++;
	arena_done(&a.arena);
	return n;
}

static void a_commit_that_fails_fails_its_batch(void **state)
{
	struct held h = { .bed = *state };
	unsigned bad = 0;

	fill_held(&h, 20);
	memory_store_fail_commit(h.bed->memory, 1, ERR_NO_SPACE);
	run_held(&h);
	while (bad < h.count && h.errs[bad] == ERR_NO_SPACE)
		bad++;
	assert_true(bad > 0);
	for (unsigned i = bad; i < h.count; i++)
		assert_ok(h.errs[i]);
	assert_int_equal(count_rows(h.bed), h.count - bad);
	/* The writer goes on. */
	assert_ok(bed_commit(h.bed, put_txn("more")));
	assert_int_equal(count_rows(h.bed), h.count - bad + 1);
}

static void only_the_last_count_of_a_session_is_written(void **state)
{
	struct held h = { .bed = *state };
	struct store_answer a;

	h.count = 30;
	h.txns[0] = put_txn("first"); /* the writer stands still in this one */
	for (unsigned i = 1; i < h.count; i++) {
		h.txns[i] = txn_new();
		txn_counted(h.txns[i], ANNA, 1 + i % 2, i);
	}
	run_held(&h);
	/* One batch: the put and two counters; two batches: one of each counter more at most. */
	assert_true(memory_store_applied(h.bed->memory) <= 5);
	for (uint64_t session = 1; session <= 2; session++) {
		a = bed_read(h.bed,
			     &(struct store_request){ .kind = READ_SESSION, .session = session });
		assert_int_equal(a.session_h, 27 + session);
		arena_done(&a.arena);
	}
}

static void a_slow_store_delays_but_keeps_the_order(void **state)
{
	struct bed *b = *state;
	struct txn *txns[10];
	enum err errs[10];

	memory_store_delay(b->memory, 20 * USEC_PER_MSEC);
	for (unsigned i = 0; i < 10; i++)
		txns[i] = put_txn("k");
	bed_commit_all(b, txns, 10, errs);
	for (unsigned i = 0; i < 10; i++)
		assert_ok(errs[i]);
}

static void closing_commits_what_is_queued(void **state)
{
	struct held h = { .bed = *state };

	fill_held(&h, 30);
	memory_store_hold(h.bed->memory, true);
	bed_call(h.bed, hand_over, &h);
	memory_store_hold(h.bed->memory, false);
	bed_close(h.bed);
	bed_wait(h.bed, &h.is_done);
	assert_ok(bed_reopen(h.bed));
	assert_int_equal(count_rows(h.bed), 30);
}

static void a_backup_that_is_not_to_be_had_is_an_answer(void **state)
{
	assert_err(bed_backup(*state, "/nowhere"), ERR_UNSUPPORTED);
}

int run_writer_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(what_waits_shares_a_commit, bed_memory),
		STORE_TEST(batches_keep_their_limit, bed_memory),
		STORE_TEST(an_op_that_fails_fails_its_txn_only, bed_memory),
		STORE_TEST(a_commit_that_fails_fails_its_batch, bed_memory),
		STORE_TEST(only_the_last_count_of_a_session_is_written, bed_memory),
		STORE_TEST(a_slow_store_delays_but_keeps_the_order, bed_memory),
		STORE_TEST(closing_commits_what_is_queued, bed_memory),
		STORE_TEST(a_backup_that_is_not_to_be_had_is_an_answer, bed_memory),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
