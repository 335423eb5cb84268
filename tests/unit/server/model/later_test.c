/* SPDX-License-Identifier: Apache-2.0 */
/* model/later: items, their rows, and the rows that say when. */
#include "server/model/later.h"

#include "support/unit.h"

#include <string.h>

static struct later_item make(const char *id, usec_t at, const char *stanza)
{
	struct later_item item = { .wall_at = at, .nick = STR("Romeo") };

	memcpy(item.id, id, sizeof(item.id));
	item.stanza = bytes_new(str_from(stanza));
	return item;
}

static void puts_and_replaces(void **state)
{
	struct later *l = later_new();
	struct later_item one = make("aaaaaaaaaaaaaaaa", 5, "<message/>");
	struct later_item other = make("aaaaaaaaaaaaaaaa", 6, "<message>two</message>");
	struct later_item *found;

	assert_null(later_find(NULL, STR("aaaaaaaaaaaaaaaa")));
	(void)later_put(l, &one);
	assert_int_equal(l->bytes, 10);
	(void)later_put(l, &other);
	assert_int_equal(l->count, 1);
	assert_int_equal(l->bytes, 22);
	found = later_find(l, STR("aaaaaaaaaaaaaaaa"));
	assert_int_equal(found->wall_at, 6);
	later_fail(found, STR("conflict"));
	assert_true(str_eq(found->failure, STR("conflict")));
	later_remove(l, found);
	assert_int_equal(l->count + l->bytes, 0);
	(void)bytes_unref(one.stanza);
	(void)bytes_unref(other.stanza);
	later_free(&l);
	assert_null(l);
}

static void rows_come_back(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct later_item item =
		make("bbbbbbbbbbbbbbbb", 1795343749000000, "<message>a\nb</message>");
	struct later *l = later_new();
	const struct later_item *back;

	arena_init(&a, 4096);
	item.failure = STR("forbidden");
	assert_int_equal(later_decode(l, str_from(item.id), later_encode(&item, &a)), OK);
	back = later_find(l, str_from(item.id));
	assert_int_equal(back->wall_at, item.wall_at);
	assert_true(str_eq(back->failure, STR("forbidden")));
	assert_true(str_eq(back->nick, STR("Romeo")));
	assert_true(str_eq(bytes_str(back->stanza), bytes_str(item.stanza)));
	(void)bytes_unref(item.stanza);
	later_free(&l);
}

static void refuses_other_rows(void **state)
{
	static const char *const bad[] = { "",        "5",           "5\n",        "5\n\n",
					   "5\n\n\n", "x\n\n\n<m/>", "-\n\n\n<m/>" };
	struct later *l = later_new();

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(later_decode(l, STR("bbbbbbbbbbbbbbbb"), str_from(bad[i])),
				 ERR_INVALID);
	assert_int_equal(later_decode(l, STR("short"), STR("5\n\n\n<m/>")), ERR_INVALID);
	assert_int_equal(l->count, 0);
	later_free(&l);
}

static void due_keys_are_in_order(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str soon, late, account, id;
	usec_t at;

	arena_init(&a, 4096);
	soon = later_due_key(255, STR("romeo@x"), STR("bbbbbbbbbbbbbbbb"), &a);
	late = later_due_key(4096, STR("a b@x"), STR("aaaaaaaaaaaaaaaa"), &a);
	assert_true(str_cmp(soon, late) < 0);
	assert_int_equal(later_due_read(late, &at, &account, &id), OK);
	assert_int_equal(at, 4096);
	assert_true(str_eq(account, STR("a b@x")));
	assert_true(str_eq(id, STR("aaaaaaaaaaaaaaaa")));
	assert_int_equal(later_due_read(STR("00000000000000ff bbbbbbbbbbbbbbbb "), &at, &account,
					&id),
			 ERR_INVALID);
	assert_int_equal(later_due_read(STR("ff bbbbbbbbbbbbbbbb a@x"), &at, &account, &id),
			 ERR_INVALID);
	assert_int_equal(later_due_read(STR("80000000000000ff bbbbbbbbbbbbbbbb a@x"), &at, &account,
					&id),
			 ERR_INVALID);
	assert_int_equal(later_due_read(STR("00000000000000FF bbbbbbbbbbbbbbbb a@x"), &at, &account,
					&id),
			 ERR_INVALID);
}

UNIT_TESTS(later, cmocka_unit_test(puts_and_replaces), cmocka_unit_test(rows_come_back),
	   cmocka_unit_test(refuses_other_rows), cmocka_unit_test(due_keys_are_in_order));
