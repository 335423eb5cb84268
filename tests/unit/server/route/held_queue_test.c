/* SPDX-License-Identifier: Apache-2.0 */
/* route/held_queue: order, bounds, and what goes first. */
#include "server/route/held_queue.h"

#include "support/unit.h"

#include <stdio.h>

static bool add(struct held_queue *q, const char *text, int64_t place, uint64_t sender)
{
	struct bytes *bytes = bytes_new(str_from(text));
	bool is_kept = held_queue_add(q, bytes, place, sender);

	(void)bytes_unref(bytes); /* q has its own count */
	return is_kept;
}

static void expect(struct held_queue *q, int64_t below, const char *text)
{
	const struct bytes *bytes = held_queue_first(q, below);

	assert_non_null(bytes);
	assert_true(str_eq(bytes_str(bytes), str_from(text)));
	held_queue_drop_first(q);
}

static void gives_back_in_order(void **state)
{
	struct held_queue *q = held_queue_new(10, 10000);

	assert_null(held_queue_first(q, INT64_MAX));
	assert_true(add(q, "<message id='1'/>", 5, 1));
	assert_true(add(q, "<presence/>", 5, 2));
	assert_true(add(q, "<message id='2'/>", 7, 1));
	assert_null(held_queue_first(q, 5));
	expect(q, 6, "<message id='1'/>");
	expect(q, 6, "<presence/>");
	assert_null(held_queue_first(q, 7));
	expect(q, INT64_MAX, "<message id='2'/>");
	assert_null(held_queue_first(q, INT64_MAX));
	assert_true(add(q, "<message id='3'/>", 7, 1));
	held_queue_free(&q); /* with what is in it */
	assert_null(q);
	held_queue_free(&q);
}

static void knows_senders(void **state)
{
	struct held_queue *q = held_queue_new(10, 10000);

	assert_false(held_queue_knows(q, 77));
	held_queue_note(q, 77);
	assert_true(held_queue_knows(q, 77));
	assert_false(held_queue_knows(q, 78));
	assert_true(held_queue_knows(q, 77 + 1024)); /* the same bit: costs time, no more */
	held_queue_free(&q);
}

#define STATE "<message><paused xmlns='http://jabber.org/protocol/chatstates'/></message>"

/* Of each sender the newest state of either kind stays; everything else does. */
static void thins_out(void **state)
{
	static const struct {
		const char *text;
		uint64_t sender;
		bool stays;
	} rows[] = {
		{ STATE, 1, false }, /* he has said something since */
		{ STATE, 2, true },  /* she has not */
		{ "<presence type='unavailable'/>", 1, false },
		{ "<presence type='subscribe'/>", 1, true },
		{ "<message id='a'/>", 1, true },
		{ "<presence/>", 1, true },
		{ "<message id='b'/>", 4, true },
		{ STATE, 3, true },
		{ "<iq type='get'/>", 1, true },
		{ "<presence/>", 3, true },
		{ "<presence/>", 4, true },
	};
	struct held_queue *q = held_queue_new(array_len(rows) - 1, 10000);

	for (size_t i = 0; i < array_len(rows); i++)
		assert_true(add(q, rows[i].text, 1, rows[i].sender));
	for (size_t i = 0; i < array_len(rows); i++) {
		if (rows[i].stays)
			expect(q, INT64_MAX, rows[i].text);
	}
	assert_null(held_queue_first(q, INT64_MAX));
	held_queue_free(&q);
}

/* A stranger who types without end holds one place. */
static void typing_without_end(void **state)
{
	struct held_queue *q = held_queue_new(3, 10000);

	assert_true(add(q, "<message id='a'/>", 1, 1));
	assert_true(add(q, "<message id='b'/>", 1, 1));
	for (int i = 0; i < 1000; i++)
		assert_true(add(q, STATE, 1, 2));
	expect(q, INT64_MAX, "<message id='a'/>");
	expect(q, INT64_MAX, "<message id='b'/>");
	expect(q, INT64_MAX, STATE);
	assert_null(held_queue_first(q, INT64_MAX));
	held_queue_free(&q);
}

/* It says so once, and owns nothing then. */
static void has_an_end(void **state)
{
	struct held_queue *q = held_queue_new(2, 10000);

	assert_true(add(q, "<message id='a'/>", 1, 1));
	assert_true(add(q, "<message id='b'/>", 1, 1));
	assert_false(add(q, "<message id='c'/>", 1, 1));
	assert_null(held_queue_first(q, INT64_MAX));
	assert_true(add(q, "<message id='d'/>", 1, 1));
	assert_null(held_queue_first(q, INT64_MAX));
	held_queue_free(&q);
}

static void has_an_end_in_bytes(void **state)
{
	struct held_queue *q = held_queue_new(100, HELD_COST);

	assert_true(add(q, "<message id='larger than all'/>", 1, 1)); /* one fits */
	assert_false(add(q, "<message/>", 1, 1));
	held_queue_free(&q);
}

UNIT_TESTS(route_held_queue, cmocka_unit_test(gives_back_in_order), cmocka_unit_test(knows_senders),
	   cmocka_unit_test(thins_out), cmocka_unit_test(typing_without_end),
	   cmocka_unit_test(has_an_end), cmocka_unit_test(has_an_end_in_bytes));
