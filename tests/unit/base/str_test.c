/* SPDX-License-Identifier: Apache-2.0 */
/* String views. */
#include "base/mem.h"
#include "base/str.h"
#include "support/unit.h"

static void compares(void **state)
{
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("b"), STR("a")) > 0);
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("\x7f"), STR("\x80")) < 0);
	assert_int_equal(str_cmp(STR(""), STR_NONE), 0);
	assert_true(str_eq(STR(""), STR_NONE));
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_false(str_eq(STR("a"), STR("ab")));
	assert_true(str_eq_nocase(STR("aZ[@"), STR("Az[@")));
	assert_false(str_eq_nocase(STR("@"), STR("`")));
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_true(str_is_set(STR("")));
	assert_false(str_is_set(STR_NONE));
	assert_false(str_is_set(str_from(NULL)));
}

static void cuts(void **state)
{
	struct str s = STR("abcdef");

	assert_true(str_eq(str_from_at(s, 2), STR("cdef")));
	assert_true(str_eq(str_from_at(s, 6), STR("")));
	assert_true(str_eq(str_from_at(s, 99), STR("")));
	assert_true(str_eq(str_sub(s, 1, 3), STR("bcd")));
	assert_true(str_eq(str_sub(s, 4, SIZE_MAX), STR("ef")));
	assert_true(str_eq(str_sub(STR_NONE, 4, 4), STR("")));
	assert_true(str_starts(s, STR("abc")));
	assert_true(str_starts(s, STR("")));
	assert_false(str_starts(s, STR("abcdefg")));
	assert_true(str_ends(s, STR("ef")));
	assert_false(str_ends(s, STR("xabcdef")));
	assert_false(str_ends(s, STR("de")));
	assert_true(str_eq(str_trim(STR(" \t\r\n a b \n")), STR("a b")));
	assert_true(str_eq(str_trim(STR(" \n ")), STR("")));
	assert_true(str_eq(str_trim(STR("\va\v")), STR("\va\v")));
}

static void finds(void **state)
{
	struct str s = STR("a\0bcabc");

	assert_int_equal(str_index(s, 'c'), 3);
	assert_int_equal(str_index(s, '\0'), 1);
	assert_int_equal(str_index(s, 'x'), -1);
	assert_int_equal(str_index(STR_NONE, 'x'), -1);
	assert_int_equal(str_find(s, STR("bc")), 2);
	assert_int_equal(str_find(s, STR("abc")), 4);
	assert_int_equal(str_find(s, STR("")), 0);
	assert_int_equal(str_find(s, STR("abcd")), -1);
	assert_int_equal(str_find(STR_NONE, STR("a")), -1);
}

static void splits(void **state)
{
	struct str s = STR("a,,b,"), part;

	assert_true(str_split(&s, ',', &part) && str_eq(part, STR("a")));
	assert_true(str_split(&s, ',', &part) && str_eq(part, STR("")));
	assert_true(str_split(&s, ',', &part) && str_eq(part, STR("b")));
	assert_true(str_split(&s, ',', &part) && str_eq(part, STR("")));
	assert_false(str_split(&s, ',', &part));
}

static void reads_numbers(void **state)
{
	uint64_t u = 7;
	int64_t i = 7;

	assert_int_equal(str_to_u64(STR("18446744073709551615"), &u), OK);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_to_u64(STR("007"), &u), OK);
	assert_int_equal(u, 7);
	assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), ERR_TOO_BIG);
	assert_int_equal(str_to_u64(STR(""), &u), ERR_INVALID);
	assert_int_equal(str_to_u64(STR("+1"), &u), ERR_INVALID);
	assert_int_equal(str_to_u64(STR("1 "), &u), ERR_INVALID);
	assert_int_equal(str_to_u64(STR("0x1"), &u), ERR_INVALID);
	assert_int_equal(u, 7);
	assert_int_equal(str_to_i64(STR("-9223372036854775807"), &i), OK);
	assert_true(i == -INT64_MAX);
	assert_int_equal(str_to_i64(STR("9223372036854775807"), &i), OK);
	assert_true(i == INT64_MAX);
	assert_int_equal(str_to_i64(STR("9223372036854775808"), &i), ERR_TOO_BIG);
	assert_int_equal(str_to_i64(STR("-"), &i), ERR_INVALID);
	assert_int_equal(str_to_i64(STR("--1"), &i), ERR_INVALID);
	assert_true(i == INT64_MAX);
}

static void duplicates(void **state)
{
	char *copy = str_dup(STR("a\0b"));

	assert_memory_equal(copy, "a\0b", 4);
	mem_free(copy);
	copy = str_dup(STR_NONE);
	assert_string_equal(copy, "");
	mem_free(copy);
}

UNIT_TESTS(base_str, cmocka_unit_test(compares), cmocka_unit_test(cuts), cmocka_unit_test(finds),
	   cmocka_unit_test(splits), cmocka_unit_test(reads_numbers), cmocka_unit_test(duplicates));
