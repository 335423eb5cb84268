/* SPDX-License-Identifier: Apache-2.0 */
/* model/banlist: what a file may hold, and whom an entry covers. */
#include "server/model/banlist.h"

#include "support/unit.h"

#include <string.h>

static bool covers(const struct banlist *l, const char *who)
{
	struct arena a scoped(arena_done) = { 0 };
	struct jid jid;

	arena_init(&a, 64 * KIB);
	assert_int_equal(jid_parse(&a, str_from(who), &jid), OK);
	return banlist_covers(l, jid).ptr != NULL;
}

static void covers_addresses_and_domains(void **state)
{
	struct banlist *l = banlist_new();
	unsigned line = 0;

	assert_int_equal(banlist_read(l,
				      STR("# comment\n\n  Tybalt@X.example # a cat\r\n"
					  "spam.example\n*.evil.example"),
				      &line),
			 OK);
	assert_int_equal(l->items.count, 3);
	assert_true(covers(l, "tybalt@x.example") && covers(l, "tybalt@x.example/sword"));
	assert_false(covers(l, "x.example") || covers(l, "romeo@x.example"));
	assert_true(covers(l, "spam.example") && covers(l, "a@spam.example/b"));
	assert_false(covers(l, "a@more.spam.example") || covers(l, "notspam.example"));
	assert_true(covers(l, "a.evil.example") && covers(l, "u@a.b.evil.example"));
	assert_false(covers(l, "evil.example") || covers(l, "u@notevil.example"));
	assert_false(covers(NULL, "spam.example"));
	assert_null(banlist_unref(banlist_ref(l)));
	assert_null(banlist_unref(l));
}

static void names_the_bad_line(void **state)
{
	static const char *const bad[] = { "a@b/c", "*.", "u@*.b", "*.u@b", "@", "a b" };

	for (size_t i = 0; i < array_len(bad); i++) {
		struct banlist *l = banlist_new();
		struct arena a scoped(arena_done) = { 0 };
		unsigned line = 0;

		arena_init(&a, 64 * KIB);
		assert_int_equal(banlist_read(l,
					      ARENA_JOIN(&a, STR("ok.example\n"), str_from(bad[i]),
							 STR("\nlate.example\n")),
					      &line),
				 ERR_INVALID);
		assert_int_equal(line, 2);
		assert_int_equal(l->items.count, 1);
		assert_null(banlist_unref(l));
	}
}

static void keeps_reasons(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str why;
	usec_t wall;

	arena_init(&a, 64 * KIB);
	assert_int_equal(ban_decode(ban_encode(77, STR("a b"), &a), &wall, &why), OK);
	assert_true(wall == 77 && str_eq(why, STR("a b")));
	assert_int_equal(ban_decode(ban_encode(77, STR(""), &a), &wall, &why), OK);
	assert_true(!why.len);
	assert_int_equal(ban_decode(STR("x y"), &wall, &why), ERR_INVALID);
}

UNIT_TESTS(banlist, cmocka_unit_test(covers_addresses_and_domains),
	   cmocka_unit_test(names_the_bad_line), cmocka_unit_test(keeps_reasons));
