/* SPDX-License-Identifier: Apache-2.0 */
/* model/roster: items in memory and in the store. */
#include "server/model/roster.h"

#include "support/unit.h"

static void round_trip(const struct roster_item *item)
{
	struct arena a scoped(arena_done) = { 0 };
	struct roster *r = roster_new();
	const struct roster_item *again;

	arena_init(&a, MIB);
	assert_int_equal(roster_decode(r, item->jid, roster_item_encode(item, &a)), OK);
	again = roster_find(r, item->jid);
	assert_non_null(again);
	assert_int_equal(again->flags, item->flags);
	assert_int_equal(str_is_set(again->name), str_is_set(item->name));
	assert_true(str_eq(again->name, item->name));
	assert_true(str_eq(again->groups, item->groups));
	assert_true(str_eq(again->request, item->request));
	assert_int_equal(r->listed, item->flags & ROSTER_LISTED ? 1 : 0);
	roster_free(&r);
	assert_null(r);
}

static void comes_back_from_the_store(void **state)
{
	static const struct str names[] = {
		{ .ptr = NULL }, STR_INIT(""), STR_INIT("Romeo"), STR_INIT("+"), STR_INIT("-")
	};
	static const struct str groups[] = { STR_INIT(""), STR_INIT("Friends"),
					     STR_INIT("Friends\x1f"
						      "Work\x1f"
						      "3") };
	static const struct str requests[] = { STR_INIT(""),
					       STR_INIT("<presence type='subscribe'/>") };

	for (size_t n = 0; n < array_len(names); n++) {
		for (size_t g = 0; g < array_len(groups); g++) {
			for (size_t q = 0; q < array_len(requests); q++) {
				struct roster_item item = { .jid = STR("romeo@example.net"),
							    .name = names[n],
							    .groups = groups[g],
							    .request = requests[q] };

				item.flags = requests[q].len
						     ? ROSTER_PENDING_IN
						     : ROSTER_LISTED | ROSTER_TO | ROSTER_FROM;
				round_trip(&item);
			}
		}
	}
}

static void refuses_what_nobody_wrote(void **state)
{
	static const struct str bad[] = {
		STR_INIT(""),
		STR_INIT("1"),
		STR_INIT("2\x1f"
			 "3\x1f"
			 "0\x1f-\x1f\x1f"),
		STR_INIT("1\x1f"
			 "64\x1f"
			 "0\x1f-\x1f\x1f"),
		STR_INIT("1\x1f"
			 "x\x1f"
			 "0\x1f-\x1f\x1f"),
		STR_INIT("1\x1f"
			 "3\x1f"
			 "33\x1f-\x1f\x1f"),
		STR_INIT("1\x1f"
			 "3\x1f"
			 "18446744073709551616\x1f-\x1f\x1f"),
		STR_INIT("1\x1f"
			 "3\x1f"
			 "2\x1f-\x1f"
			 "one"),
		STR_INIT("1\x1f"
			 "3\x1f"
			 "0\x1f\x1f\x1f"),
	};
	struct roster *r = roster_new();

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(roster_decode(r, STR("a@b"), bad[i]), ERR_INVALID);
	assert_int_equal(r->items.count, 0);
	assert_int_equal(roster_decode(r, STR(""), STR("7")), OK);
	assert_int_equal(r->version, 7);
	assert_int_not_equal(roster_decode(r, STR(""), STR("seven")), OK);
	roster_free(&r);
}

static void counts_what_is_listed(void **state)
{
	struct roster *r = roster_new();
	struct roster_item *item = roster_get(r, STR("a@b"));

	assert_ptr_equal(roster_get(r, STR("a@b")), item);
	assert_int_equal(r->listed, 0);
	roster_describe(r, item, STR("name"), STR("group"));
	roster_describe(r, item, STR("other"), STR(""));
	assert_int_equal(r->listed, 1);
	assert_int_equal(roster_bytes(r), 3 + 5);
	roster_set_flags(r, item, ROSTER_PENDING_IN);
	assert_int_equal(r->listed, 0);
	roster_set_request(item, STR("<presence/>"));
	roster_set_flags(r, item, ROSTER_LISTED);
	assert_false(str_is_set(item->request)); /* goes with the flag */
	roster_remove(r, item);
	assert_int_equal(r->listed, 0);
	assert_null(roster_find(r, STR("a@b")));
	roster_free(&r);
	roster_free(&r);
}

static void names_subscriptions(void **state)
{
	static const struct {
		unsigned flags;
		const char *name;
	} rows[] = { { 0, "none" },
		     { ROSTER_PENDING_OUT | ROSTER_PENDING_IN, "none" },
		     { ROSTER_TO, "to" },
		     { ROSTER_FROM | ROSTER_PENDING_OUT, "from" },
		     { ROSTER_TO | ROSTER_FROM, "both" } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct roster_item item = { .flags = rows[i].flags };

		assert_true(str_eq(roster_subscription(&item), str_from(rows[i].name)));
	}
}

UNIT_TESTS(model_roster, cmocka_unit_test(comes_back_from_the_store),
	   cmocka_unit_test(refuses_what_nobody_wrote), cmocka_unit_test(counts_what_is_listed),
	   cmocka_unit_test(names_subscriptions));
