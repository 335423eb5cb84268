/* SPDX-License-Identifier: Apache-2.0 */
/* model/room_pins: the order of the list, its bound, who may, and what is kept (docs/pins.md). */
#include "server/model/room_pins.h"

#include "support/unit.h"

static struct room_pin pin_of(int64_t seq, usec_t wall)
{
	return (struct room_pin){ .seq = seq,
				  .wall = wall,
				  .bare = STR("romeo@a.example"),
				  .nick = STR("Romeo"),
				  .author = STR("juliet@a.example"),
				  .id = STR("m1") };
}

static void pins_stand_in_the_order_of_pinning(void **state)
{
	struct room_pins p;

	(void)state;
	room_pins_init(&p);
	assert_non_null(room_pins_add(&p, pin_of(7, 1000)));
	assert_non_null(room_pins_add(&p, pin_of(3, 1000))); /* the clock has stood still, */
	assert_non_null(room_pins_add(&p, pin_of(5, 10)));   /* or gone back */
	assert_int_equal(p.items[0].seq, 7);
	assert_int_equal(p.items[1].seq, 3);
	assert_int_equal(p.items[2].seq, 5);
	assert_true(p.items[0].wall < p.items[1].wall && p.items[1].wall < p.items[2].wall);
	assert_true(room_pins_drop(&p, 3));
	assert_false(room_pins_drop(&p, 3));
	assert_null(room_pins_find(&p, 3));
	assert_int_equal(room_pins_find(&p, 5)->seq, 5);
	assert_int_equal(p.count, 2);
	room_pins_done(&p);
}

static void there_are_only_so_many(void **state)
{
	static char id[ROOM_PIN_ID_MAX + 1];
	struct room_pins p;
	struct room_pin one;

	(void)state;
	memset(id, 'x', sizeof(id));
	room_pins_init(&p);
	for (int i = 1; i <= ROOM_PINS_MAX; i++)
		assert_non_null(room_pins_add(&p, pin_of(i, i)));
	assert_null(room_pins_add(&p, pin_of(ROOM_PINS_MAX + 1, 1)));
	assert_int_equal(room_pin_decode(&p, STR("999"),
					 STR("1\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A\x1f\x1f")),
			 ERR_INVALID);
	assert_true(room_pins_drop(&p, 50));
	one = pin_of(999, 1);
	one.id = str_make(id, sizeof(id));
	assert_int_equal(room_pins_add(&p, one)->id.len, 0);
	room_pins_done(&p);
}

static void a_correction_is_its_authors(void **state)
{
	struct room_pins p;

	(void)state;
	room_pins_init(&p);
	(void)room_pins_add(&p, pin_of(7, 1));
	assert_int_equal(room_pins_edited(&p, STR("juliet@a.example"), STR("m1"))->seq, 7);
	assert_null(room_pins_edited(&p, STR("romeo@a.example"), STR("m1")));
	assert_null(room_pins_edited(&p, STR("juliet@a.example"), STR("m2")));
	assert_null(room_pins_edited(&p, STR("juliet@a.example"), STR_NONE));
	room_pins_done(&p);
}

static void who_may(void **state)
{
	(void)state;
	assert_true(room_pins_may(PIN_MODERATORS, AFFILIATION_NONE, ROLE_MODERATOR));
	assert_false(room_pins_may(PIN_MODERATORS, AFFILIATION_MEMBER, ROLE_PARTICIPANT));
	assert_true(room_pins_may(PIN_MEMBERS, AFFILIATION_MEMBER, ROLE_PARTICIPANT));
	assert_false(room_pins_may(PIN_MEMBERS, AFFILIATION_NONE, ROLE_PARTICIPANT));
	assert_false(room_pins_may(PIN_MEMBERS, AFFILIATION_MEMBER, ROLE_VISITOR));
	assert_true(room_pins_may(PIN_PARTICIPANTS, AFFILIATION_NONE, ROLE_PARTICIPANT));
	assert_false(room_pins_may(PIN_PARTICIPANTS, AFFILIATION_NONE, ROLE_VISITOR));
}

static void pins_come_back_and_are_checked(void **state)
{
	static const char *const wrong[] = { "",
					     "1",
					     "1\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A",
					     "1\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A\x1f",
					     "x\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A\x1f\x1f",
					     "-1\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A\x1f\x1f",
					     "1\x1f"
					     "0\x1f\x1f"
					     "A\x1f\x1f",
					     "1\x1f"
					     "0\x1f"
					     "a@x\x1f"
					     "A\x1f\x1f\x1f" };
	struct arena a scoped(arena_done) = { 0 };
	struct room_pins p, again;
	struct room_pin *made;

	(void)state;
	arena_init(&a, MIB);
	room_pins_init(&p);
	room_pins_init(&again);
	made = room_pins_add(&p, pin_of(7, 1000));
	made->edited = 9;
	(void)room_pins_add(&again, pin_of(8, 2000));
	assert_int_equal(room_pin_decode(&again, room_pin_key(7, &a), room_pin_encode(made, &a)),
			 OK);
	assert_int_equal(again.items[0].seq, 7); /* in its place */
	assert_int_equal(again.items[0].edited, 9);
	assert_true(str_eq(again.items[0].nick, STR("Romeo")));
	assert_true(str_eq(again.items[0].author, STR("juliet@a.example")));
	assert_true(str_eq(again.items[0].id, STR("m1")));
	assert_int_equal(room_pin_decode(&again, STR("7"), room_pin_encode(made, &a)), ERR_INVALID);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(room_pin_decode(&again, STR("5"), str_from(wrong[i])),
				 ERR_INVALID);
	assert_int_equal(room_pin_decode(&again, STR("-5"), room_pin_encode(made, &a)),
			 ERR_INVALID);
	room_pins_done(&again);
	room_pins_done(&p);
}

UNIT_TESTS(room_pins, cmocka_unit_test(pins_stand_in_the_order_of_pinning),
	   cmocka_unit_test(there_are_only_so_many), cmocka_unit_test(a_correction_is_its_authors),
	   cmocka_unit_test(who_may), cmocka_unit_test(pins_come_back_and_are_checked));
