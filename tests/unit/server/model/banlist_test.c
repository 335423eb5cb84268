/* SPDX-License-Identifier: Apache-2.0 */
/* model/banlist: what a file may hold, and whom an entry covers. */
#include "server/model/banlist.h"

#include "support/unit.h"

#include <string.h>

#define TYBALT "6714BDE0EBC0ECF741D00B8CB37AB79F3ADDE2451F2A460653E0A53B9A9FDE31"
#define NEAR   "4bcaaef40f2b39c0aab70e524bfa68dd78900ce02366d9a8871791a31d409cb5" /* near.example */

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

/* printf tybalt@far.example | sha256sum */
static void covers_hashes(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct banlist *l = banlist_new();
	struct jid tybalt, paris;
	struct str key;

	(void)state;
	arena_init(&a, 64 * KIB);
	assert_int_equal(jid_parse(&a, STR("tybalt@far.example/x"), &tybalt), OK);
	assert_int_equal(jid_parse(&a, STR("paris@near.example/x"), &paris), OK);
	assert_int_equal(banlist_prepare_item(&a, STR(TYBALT), &key), OK);
	assert_int_equal(banlist_add(l, key), OK);
	assert_true(banlist_covers(l, tybalt).ptr);
	assert_null(banlist_covers(l, paris).ptr);
	assert_int_equal(banlist_prepare_item(&a, STR(NEAR), &key), OK);
	assert_int_equal(banlist_add(l, key), OK);
	assert_true(banlist_covers(l, paris).ptr);
	assert_int_equal(banlist_prepare_item(&a, STR("Spam.example"), &key), OK);
	assert_true(str_eq(key, STR("spam.example")));
	assert_int_equal(banlist_prepare_item(&a, STR("*.example"), &key), ERR_INVALID);
	assert_int_equal(banlist_prepare_item(&a, STR("a b"), &key), ERR_INVALID);
	assert_null(banlist_unref(l));
}

UNIT_TESTS(banlist, cmocka_unit_test(covers_addresses_and_domains),
	   cmocka_unit_test(names_the_bad_line), cmocka_unit_test(keeps_reasons),
	   cmocka_unit_test(covers_hashes));
