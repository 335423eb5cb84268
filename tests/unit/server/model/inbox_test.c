/* SPDX-License-Identifier: Apache-2.0 */
/* model/inbox: marks never go back, and rows come back from the store as they were. */
#include "server/model/inbox.h"

#include "support/unit.h"

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, 64 * KIB);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void a_mark_never_goes_back(void **state)
{
	struct inbox_mark m = { .seq = 5 };

	(void)state;
	assert_false(inbox_mark_read(&m, 4));
	assert_false(inbox_mark_read(&m, 5));
	assert_true(inbox_mark_read(&m, 6));
	assert_int_equal(m.seq, 6);
}

static void the_next_marker_takes_unread_away(void **state)
{
	struct inbox_mark m = { .seq = 5, .is_unread = true };

	(void)state;
	assert_false(inbox_mark_read(&m, 4)); /* old news says nothing */
	assert_true(m.is_unread);
	assert_true(inbox_mark_read(&m, 5));
	assert_false(m.is_unread);
	assert_int_equal(m.seq, 5);
	m.is_unread = true;
	assert_true(inbox_mark_read(&m, 7));
	assert_false(m.is_unread);
}

static void marks_come_back(void **state)
{
	static const char *const bad[] = { "", "5", "5 2", "-5 0", "x 0", "5  1", "5 10" };
	struct inbox_mark m = { .seq = 1700000000000000, .is_unread = true }, found = { 0 };

	(void)state;
	assert_int_equal(inbox_mark_decode(inbox_mark_encode(&m, &arena), &found), OK);
	assert_int_equal(found.seq, m.seq);
	assert_true(found.is_unread);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(inbox_mark_decode(str_from(bad[i]), &found), ERR_INVALID);
	assert_int_equal(found.seq, m.seq);
}

static void sayings_come_back(void **state)
{
	static const char *const bad[] = { "", "a", "a ", "a  x", "z a@b c", "aa a@b c" };
	struct inbox_log l = { .saying = SAYING_MESSAGE_ID,
			       .id = STR("any text, \xc3\xa4"),
			       .conversation = STR("a@b") },
			 found;

	(void)state;
	assert_int_equal(inbox_log_decode(inbox_log_encode(&l, &arena), &found), OK);
	assert_int_equal(found.saying, SAYING_MESSAGE_ID);
	assert_true(str_eq(found.id, l.id));
	assert_true(str_eq(found.conversation, l.conversation));
	l.id = STR("");
	assert_int_equal(inbox_log_decode(inbox_log_encode(&l, &arena), &found), OK);
	assert_int_equal(found.id.len, 0);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(inbox_log_decode(str_from(bad[i]), &found), ERR_INVALID);
}

static void keys_rise(void **state)
{
	struct str nine = inbox_log_key(9, &arena), ten = inbox_log_key(10, &arena);

	(void)state;
	assert_true(str_cmp(nine, ten) < 0);
	assert_int_equal(inbox_log_number(ten), 10);
	assert_int_equal(inbox_log_number(STR("10")), 0);
	assert_int_equal(inbox_log_number(STR("0000000000000000001x")), 0);
}

static void mentions_come_back(void **state)
{
	struct str room;
	int64_t seq;

	(void)state;
	assert_int_equal(mention_key_read(mention_key(STR("r@s"), 9, &arena), &room, &seq), OK);
	assert_true(str_eq(room, STR("r@s")));
	assert_int_equal(seq, 9);
	assert_int_equal(mention_key_read(STR("r@s 9"), &room, &seq), ERR_INVALID);
	assert_int_equal(mention_key_read(STR("r@s"), &room, &seq), ERR_INVALID);
}

#define ROWS(name) cmocka_unit_test_setup_teardown(name, begin, end)

UNIT_TESTS(inbox, cmocka_unit_test(a_mark_never_goes_back),
	   cmocka_unit_test(the_next_marker_takes_unread_away), ROWS(marks_come_back),
	   ROWS(sayings_come_back), ROWS(keys_rise), ROWS(mentions_come_back));
