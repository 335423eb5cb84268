/* SPDX-License-Identifier: Apache-2.0 */
/* model/room_hats: what is a hat, who wears it, and what is kept (XEP-0317). */
#include "server/model/room_hats.h"

#include "support/unit.h"

static void hats_are_made_and_worn(void **state)
{
	struct room_hats h;

	(void)state;
	room_hats_init(&h);
	assert_int_equal(room_hats_set(&h, STR("urn:b"), STR("B"), STR("12.5")), OK);
	assert_int_equal(room_hats_set(&h, STR("urn:a"), STR("A"), STR("")), OK);
	assert_string_equal(h.hats[0].uri.ptr, "urn:a");
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:c")), ERR_NOT_FOUND);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:a")), OK);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:a")), OK);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:b")), OK);
	assert_int_equal(room_hats_of(&h, STR("x@y"))->count, 2);
	assert_int_equal(room_hats_remove(&h, STR("urn:a")), OK);
	assert_int_equal(room_hats_remove(&h, STR("urn:a")), ERR_NOT_FOUND);
	assert_false(room_hats_wears(&h, STR("x@y"), STR("urn:a")));
	assert_int_equal(room_hats_take_off(&h, STR("x@y"), STR("urn:b")), OK);
	assert_null(room_hats_of(&h, STR("x@y")));
	assert_int_equal(room_hats_take_off(&h, STR("x@y"), STR("urn:b")), ERR_NOT_FOUND);
	room_hats_done(&h);
}

static void what_is_no_hat(void **state)
{
	static const char *const hues[] = {
		"red", "-1", "361", "360.1", "1e2", ".", "1.", "1.2.3"
	};
	struct room_hats h;

	(void)state;
	room_hats_init(&h);
	assert_int_equal(room_hats_set(&h, STR("a"), STR("A"), STR("")), ERR_INVALID);
	assert_int_equal(room_hats_set(&h, STR(":a"), STR("A"), STR("")), ERR_INVALID);
	assert_int_equal(room_hats_set(&h, STR("urn:a b"), STR("A"), STR("")), ERR_INVALID);
	assert_int_equal(room_hats_set(&h, STR("urn:a"), STR(""), STR("")), ERR_INVALID);
	assert_int_equal(room_hats_set(&h, STR("urn:a"), STR("a\nb"), STR("")), ERR_INVALID);
	for (size_t i = 0; i < array_len(hues); i++)
		assert_int_equal(room_hats_set(&h, STR("urn:a"), STR("A"), str_from(hues[i])),
				 ERR_INVALID);
	assert_int_equal(room_hats_set(&h, STR("urn:a"), STR("A"), STR("360")), OK);
	assert_int_equal(h.count, 1);
	room_hats_done(&h);
}

static void hats_are_bounded(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_hats h;

	(void)state;
	arena_init(&a, MIB);
	room_hats_init(&h);
	for (int i = 0; i < ROOM_HATS_MAX; i++)
		assert_int_equal(
			room_hats_set(&h, arena_printf(&a, "urn:%d", i), STR("A"), STR("")), OK);
	assert_int_equal(room_hats_set(&h, STR("urn:more"), STR("A"), STR("")), ERR_TOO_BIG);
	assert_int_equal(room_hats_set(&h, STR("urn:1"), STR("B"), STR("")), OK);
	for (int i = 0; i < ROOM_HATS_WORN_MAX; i++)
		assert_int_equal(room_hats_put_on(&h, STR("x@y"), arena_printf(&a, "urn:%d", i)),
				 OK);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:40")), ERR_TOO_BIG);
	room_hats_done(&h);
}

static void hats_come_back_from_the_store(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_hats h, again;

	(void)state;
	arena_init(&a, MIB);
	room_hats_init(&h);
	room_hats_init(&again);
	assert_int_equal(room_hats_set(&h, STR("urn:a"), STR("A"), STR("7")), OK);
	assert_int_equal(room_hats_set(&h, STR("urn:b"), STR("B"), STR("")), OK);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:a")), OK);
	assert_int_equal(room_hats_put_on(&h, STR("x@y"), STR("urn:b")), OK);
	for (size_t i = 0; i < h.count; i++)
		assert_int_equal(room_hat_decode(&again, h.hats[i].uri,
						 room_hat_encode(&h.hats[i], &a)),
				 OK);
	assert_int_equal(room_wearer_decode(&again, STR("x@y"),
					    room_wearer_encode(room_hats_of(&h, STR("x@y")), &a)),
			 OK);
	assert_string_equal(again.hats[0].hue.ptr, "7");
	assert_true(room_hats_wears(&again, STR("x@y"), STR("urn:b")));
	assert_int_equal(room_hat_decode(&again, STR("urn:c"), STR("2")), ERR_INVALID);
	assert_int_equal(room_wearer_decode(&again, STR("z@y"), STR("1\x1furn:none")), ERR_INVALID);
	room_hats_done(&again);
	room_hats_done(&h);
}

UNIT_TESTS(room_hats, cmocka_unit_test(hats_are_made_and_worn), cmocka_unit_test(what_is_no_hat),
	   cmocka_unit_test(hats_are_bounded), cmocka_unit_test(hats_come_back_from_the_store));
