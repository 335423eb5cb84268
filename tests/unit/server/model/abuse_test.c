/* SPDX-License-Identifier: Apache-2.0 */
/* model/abuse: reports of abuse as they are stored. */
#include "server/model/abuse.h"

#include "support/unit.h"

static void reads_what_it_wrote(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct abuse r = { STR("juliet@here"), STR("spam@there"), STR("<report/>") }, back;
	usec_t wall = 0;

	(void)state;
	arena_init(&a, 64 * 1024);
	assert_int_equal(abuse_decode(&back, abuse_encode(&r, &a)), OK);
	assert_true(str_eq(back.by, r.by) && str_eq(back.about, r.about));
	assert_true(str_eq(back.markup, r.markup));
	assert_int_equal(abuse_key_read(abuse_key(&a, 123456789), &wall), OK);
	assert_int_equal(wall, 123456789);
	assert_int_equal(abuse_decode(&back, STR("2\x1f"
						 "a\x1f"
						 "b\x1f"
						 "c")),
			 ERR_INVALID);
	assert_int_equal(abuse_decode(&back, STR("1\x1f\x1f"
						 "b\x1f"
						 "c")),
			 ERR_INVALID);
	assert_int_equal(abuse_key_read(STR("0006"), &wall), ERR_INVALID);
}

static void keys_sort_by_time(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str one, other;

	(void)state;
	arena_init(&a, 64 * 1024);
	one = abuse_key(&a, 9);
	other = abuse_key(&a, 10);
	assert_true(str_cmp(one, other) < 0);
	assert_true(str_cmp(abuse_copy_key(&a, one, 2), abuse_copy_key(&a, one, 10)) < 0);
	assert_true(str_cmp(abuse_copy_key(&a, one, ABUSE_COPIES_MAX - 1), other) < 0);
}

static void copies_have_a_time(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str stanza = STR_NONE;
	usec_t wall = 0;

	(void)state;
	arena_init(&a, 64 * 1024);
	assert_int_equal(abuse_copy_decode(abuse_copy_encode(77, STR("<message x='a b'/>"), &a),
					   &wall, &stanza),
			 OK);
	assert_int_equal(wall, 77);
	assert_true(str_eq(stanza, STR("<message x='a b'/>")));
	assert_int_equal(abuse_copy_decode(STR("<message/>"), &wall, &stanza), ERR_INVALID);
	assert_int_equal(abuse_copy_decode(STR("77 "), &wall, &stanza), ERR_INVALID);
}

UNIT_TESTS(model_abuse, cmocka_unit_test(reads_what_it_wrote), cmocka_unit_test(keys_sort_by_time),
	   cmocka_unit_test(copies_have_a_time));
