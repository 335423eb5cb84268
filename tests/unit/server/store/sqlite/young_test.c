/* SPDX-License-Identifier: Apache-2.0 */
/* Young entries: what belongs to which snapshot, and when generations go. */
#include "server/store/sqlite/young.h"

#include "support/unit.h"

enum { ANNA = 3, BELA = 5 };

static void add(struct young *y, int64_t owner, int64_t seq, int64_t body, int64_t peer)
{
	struct young_owner *o = young_owner(y, owner);

	young_add(y, o, &(struct young_entry){ .seq = seq, .body = body, .peer = peer });
}

/* A txn with one entry. */
static void add_one(struct young *y, int64_t owner, int64_t seq, int64_t body)
{
	young_begin(y, body - 1);
	add(y, owner, seq, body, 0);
	young_commit(y, y->step);
}

static void settle_all(struct young *y, struct young_owner *o, int64_t step)
{
	for (unsigned i = 0; i < o->count; i++)
		young_settle(y, o, &o->entries[i], step);
}

/* The seqs that v sees, as one number: 123 for 1, 2, 3. */
static int64_t seen(struct young *y, const struct young_view *v, struct young_range range)
{
	struct young_entry entries[8];
	unsigned n = young_fetch(y, v, &range, entries, array_len(entries));
	int64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum = 10 * sum + entries[i].seq;
	return sum;
}

static struct young_range all_of(int64_t owner)
{
	return (struct young_range){ .owner = owner, .low = INT64_MIN + 1, .high = INT64_MAX };
}

static void ranges_and_peers(void **state)
{
	struct young_view v = { .body = 100 };
	struct young_range r = all_of(ANNA);
	struct young y;

	young_init(&y, 0);
	young_begin(&y, 0);
	for (int64_t i = 1; i <= 5; i++) {
		add(&y, ANNA, i, i, i % 2);
		add(&y, BELA, i + 4, i, 0);
	}
	young_commit(&y, 0);
	young_turn(&y);
	add_one(&y, ANNA, 7, 7);
	assert_int_equal(seen(&y, &v, r), 123457);
	r.is_down = true;
	assert_int_equal(seen(&y, &v, r), 754321);
	r.low = 2;
	r.high = 4;
	assert_int_equal(seen(&y, &v, r), 432);
	r.is_down = false;
	r.has_peer = true;
	r.peer = 1;
	assert_int_equal(seen(&y, &v, r), 3);
	r.low = 6;
	r.high = 6;
	assert_int_equal(seen(&y, &v, r), 0);
	assert_int_equal(seen(&y, &v, all_of(4)), 0);
	assert_int_equal(young_newest(&y, ANNA), 7);
	assert_int_equal(young_newest(&y, BELA), 9);
	assert_true(young_has(&y, ANNA, 4));
	assert_false(young_has(&y, ANNA, 6));
	young_done(&y);
}

static void a_snapshot_stays_as_it_was(void **state)
{
	struct young_view before, after;
	struct young_owner *o;
	struct young y;

	young_init(&y, 7);
	add_one(&y, ANNA, 1, 1);
	add_one(&y, ANNA, 2, 2);
	young_turn(&y);
	young_view_begin(&y, &before);
	before.step = 7;
	before.body = 2;
	/* One more, and the generation is settled, in one txn. */
	young_begin(&y, 2);
	add(&y, ANNA, 3, 3, 0);
	o = young_next(&y);
	settle_all(&y, o, 8);
	assert_null(young_next(&y));
	young_finish(&y, 8);
	assert_int_equal(seen(&y, &before, all_of(ANNA)), 12);
	young_commit(&y, 8);
	young_view_begin(&y, &after);
	after.step = 8;
	after.body = 3;
	assert_int_equal(seen(&y, &before, all_of(ANNA)), 12);
	assert_int_equal(seen(&y, &after, all_of(ANNA)), 3);
	/* It goes when nobody looks at it any more. */
	assert_true(y.oldest != y.newest);
	young_view_end(&y, &before);
	add_one(&y, ANNA, 4, 4);
	assert_true(y.oldest == y.newest);
	assert_int_equal(seen(&y, &after, all_of(ANNA)), 3);
	young_view_end(&y, &after);
	young_done(&y);
}

static void what_is_undone_was_never_there(void **state)
{
	struct young_view v = { .step = 0, .body = 9 };
	struct young_owner *o;
	struct young y;

	young_init(&y, 0);
	add_one(&y, ANNA, 1, 1);
	add_one(&y, BELA, 1, 2);
	young_turn(&y);
	for (int i = 0; i < 3; i++) {
		young_begin(&y, 2);
		add(&y, ANNA, 2, 3 + i, 0);
		add(&y, BELA, 2, 3 + i, 0);
		add(&y, ANNA, 3, 3 + i, 0);
		o = young_next(&y);
		assert_int_equal(o->id, ANNA);
		settle_all(&y, o, 1);
		assert_false(young_has(&y, ANNA, 1));
		young_undo(&y, 1);
		assert_true(young_has(&y, ANNA, 1));
		assert_false(young_has(&y, ANNA, 2));
		assert_int_equal(y.newest->count, 0);
		assert_int_equal(seen(&y, &v, all_of(ANNA)), 1);
		assert_int_equal(seen(&y, &v, all_of(BELA)), 1);
	}
	/* The same again, for good. */
	young_begin(&y, 5);
	while ((o = young_next(&y)))
		settle_all(&y, o, 1);
	young_finish(&y, 1);
	young_commit(&y, 1);
	v.step = 1;
	assert_int_equal(seen(&y, &v, all_of(ANNA)), 0);
	assert_true(y.oldest == y.newest);
	young_done(&y);
}

UNIT_TESTS(sqlite_young, cmocka_unit_test(ranges_and_peers),
	   cmocka_unit_test(a_snapshot_stays_as_it_was),
	   cmocka_unit_test(what_is_undone_was_never_there));
