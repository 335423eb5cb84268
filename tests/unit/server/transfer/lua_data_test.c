/* SPDX-License-Identifier: Apache-2.0 */
/* server/transfer/lua_data: what is data, and what is refused. */
#include "server/transfer/lua_data.h"
#include "support/unit.h"

static void reads_tables(void **state)
{
	static const struct str text = STR_INIT(
		"return {\n\t[false] = { [\"version\"] = 5; };\n\t[\"a\\\"\\195\\169\\n\"] = "
		"\"b\\065\";\n\t\"first\", 'sec\\'ond'; x = -1.5e1, y = true, [7] = nil\n};\n");
	const struct lua *v, *item;
	struct arena a;
	size_t at;

	arena_init(&a, MIB);
	assert_int_equal(lua_parse(&a, text, &v, &at), OK);
	assert_true(lua_get_number(lua_get_false(v), STR("version"), 0) == 5);
	assert_true(str_eq(lua_get_str(v, STR("a\"\xc3\xa9\n")), STR("bA")));
	assert_true(lua_get_number(v, STR("x"), 0) == -15);
	assert_true(lua_is_true(lua_get(v, STR("y"))));
	assert_null(lua_get(v, STR("z")));
	item = v->first->next->next;
	assert_null(item->key);
	assert_true(str_eq(lua_str(item), STR("first")));
	assert_true(str_eq(lua_str(item->next), STR("sec'ond")));
	arena_done(&a);
}

static void refuses_what_runs(void **state)
{
	static const char *const wrong[] = {
		"",
		"return",
		"return os.exit()",
		"return { f() }",
		"return \"a",
		"return {",
		"return { } x",
		"x = 1",
		"return \"\\300\"",
		"return \"\\q\"",
		"return [[a]]",
		"return {a.b}",
		"return 1 2",
		"return --[[x]] 1",
		"return inf",
		"item({}",
		"return {[{}]=1}",
		"return {;}",
		"return {1,,2}",
		"return \"a\nb\"",
	};

	for (size_t i = 0; i < array_len(wrong); i++) {
		const struct lua *v = NULL;
		struct arena a;
		size_t at = 999;

		arena_init(&a, MIB);
		assert_int_equal(lua_parse(&a, str_from(wrong[i]), &v, &at), ERR_INVALID);
		assert_null(v);
		assert_true(at <= strlen(wrong[i]));
		arena_done(&a);
	}
}

static void bounds_its_depth(void **state)
{
	char text[2000];
	const struct lua *v;
	struct arena a;
	size_t at;

	memset(text, '{', sizeof(text));
	memcpy(text, "return ", 7);
	arena_init(&a, MIB);
	assert_int_equal(lua_parse(&a, str_make(text, sizeof(text)), &v, &at), ERR_TOO_BIG);
	arena_done(&a);
}

UNIT_TESTS(lua_data, cmocka_unit_test(reads_tables), cmocka_unit_test(refuses_what_runs),
	   cmocka_unit_test(bounds_its_depth));
