/* SPDX-License-Identifier: Apache-2.0 */
/* model/quiet: who waits, what is counted, what is remembered, and how it comes back from the
 * store. */
#include "server/model/quiet.h"

#include "support/unit.h"

#include <string.h>

static void counts_messages(void **state)
{
	struct quiet *q = quiet_new();
	struct quiet_item *one = quiet_get(q, STR("a@x"), 100), *other;

	assert_ptr_equal(quiet_get(q, STR("a@x"), 200), one);
	assert_int_equal(one->wall_since, 100);
	assert_int_equal(quiet_add_message(q, one, 10), 0);
	assert_int_equal(quiet_add_message(q, one, 20), 1);
	other = quiet_get(q, STR("b@x"), 300);
	assert_int_equal(quiet_add_message(q, other, 5), 0);
	assert_int_equal(q->bytes, 35);
	assert_int_equal(one->last_put, 2);
	assert_int_equal(other->last_put, 3);
	quiet_drop_messages(q, one, 1);
	assert_int_equal(one->first, 1);
	assert_int_equal(q->bytes, 35); /* until all are gone */
	quiet_drop_messages(q, one, 9);
	assert_int_equal(one->first, 2);
	assert_int_equal(q->bytes, 5);
	quiet_remove(q, other);
	assert_int_equal(q->bytes, 0);
	assert_null(quiet_find(q, STR("b@x")));
	assert_null(quiet_find(NULL, STR("b@x")));
	quiet_free(&q);
}

static void remembers_for_a_while(void **state)
{
	struct quiet *q = quiet_new();
	bool is_stranger = false;

	assert_false(quiet_recall(NULL, 1, 0, &is_stranger));
	quiet_remember(q, 7, 1000, true);
	assert_true(quiet_recall(q, 7, 1000 + QUIET_SEEN_USEC, &is_stranger) && is_stranger);
	assert_false(quiet_recall(q, 7, 1001 + QUIET_SEEN_USEC, &is_stranger));
	quiet_remember(q, 7, 2000, false); /* takes the same place */
	assert_true(quiet_recall(q, 7, 2000, &is_stranger) && !is_stranger);
	for (uint64_t i = 0; i < QUIET_SEEN_MAX - 1; i++)
		quiet_remember(q, 100 + i, 2000, true);
	assert_true(quiet_recall(q, 7, 2000, &is_stranger));
	quiet_remember(q, 500, 2000, true);
	assert_false(quiet_recall(q, 7, 2000, &is_stranger)); /* the oldest made room */
	quiet_free(&q);
}

static void comes_back(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct quiet *q = quiet_new(), *again = quiet_new();
	struct quiet_item *item = quiet_get(q, STR("a@x"), 100);
	const struct quiet_item *read;

	arena_init(&a, 64 * KIB);
	item->has_request = true;
	item->state = QUIET_ACCEPTED;
	item->wall_last = 200;
	item->lost = 3;
	(void)quiet_add_message(q, item, 10);
	(void)quiet_add_message(q, item, 10);
	quiet_drop_messages(q, item, 1);
	assert_int_equal(quiet_decode(again, item->jid, quiet_item_encode(item, &a)), OK);
	assert_int_equal(quiet_decode(again, item->jid, quiet_item_encode(item, &a)), OK);
	read = quiet_find(again, STR("a@x"));
	assert_true(read && read->has_request && read->state == QUIET_ACCEPTED);
	assert_true(read->wall_since == 100 && read->wall_last == 200 && read->lost == 3);
	assert_true(read->first == 1 && read->next == 2 && read->bytes == 20);
	assert_int_equal(again->bytes, 20);
	assert_false(again->is_set);
	assert_int_equal(quiet_decode(again, STR(""), quiet_switch_encode(false)), OK);
	assert_true(again->is_set && !again->is_on);
	quiet_free(&q);
	quiet_free(&again);
}

static void reads_only_what_it_wrote(void **state)
{
	static const char *const bad[] = { "",
					   "1",
					   "3 0 1 1 0 0 0 0",
					   "0 2 1 1 0 0 0 0",
					   "0 0 1 1 2 1 0 0",
					   "0 0 1 1 0 0 0 0 0",
					   "0 0 1 1 0 0 0 x",
					   "0 0 18446744073709551615 1 0 0 0 0" };
	struct arena a scoped(arena_done) = { 0 };
	struct quiet *q = quiet_new();
	struct str stanza, key;
	uint64_t number;
	usec_t wall;

	arena_init(&a, 64 * KIB);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(quiet_decode(q, STR("a@x"), str_from(bad[i])), ERR_INVALID);
	assert_int_equal(quiet_decode(q, STR(""), STR("perhaps")), ERR_INVALID);
	assert_int_equal(q->items.count, 0);
	key = quiet_mail_key(STR("a@x"), 12, &a);
	assert_int_equal(quiet_mail_key_read(key, STR("a@x"), &number), OK);
	assert_int_equal(number, 12);
	assert_int_equal(quiet_mail_key_read(key, STR("a@"), &number), ERR_INVALID);
	assert_int_equal(quiet_mail_key_read(key, STR("b@x"), &number), ERR_INVALID);
	assert_true(str_cmp(key, quiet_mail_key(STR("a@x"), 100, &a)) < 0);
	assert_int_equal(quiet_mail_decode(quiet_mail_encode(77, STR("<message/>"), &a), &wall,
					   &stanza),
			 OK);
	assert_true(wall == 77 && str_eq(stanza, STR("<message/>")));
	assert_int_equal(quiet_mail_decode(STR("x <message/>"), &wall, &stanza), ERR_INVALID);
	assert_int_equal(quiet_mail_decode(STR("77"), &wall, &stanza), ERR_INVALID);
	assert_int_equal(quiet_mail_decode(STR("77 "), &wall, &stanza), ERR_INVALID);
	quiet_free(&q);
}

UNIT_TESTS(quiet, cmocka_unit_test(counts_messages), cmocka_unit_test(remembers_for_a_while),
	   cmocka_unit_test(comes_back), cmocka_unit_test(reads_only_what_it_wrote));
