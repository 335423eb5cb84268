/* SPDX-License-Identifier: Apache-2.0 */
/* server/transfer/prosody_json: tables that JSON has no place for, and what is refused. */
#include "server/transfer/prosody_json.h"

#include "support/unit.h"

#include <string.h>

static void reads_tables(void **state)
{
	static const struct str text = STR_INIT(
		"{\"name\":\"body\",\"__array\":[\"a\",{\"x\":-1.5}],\"__hash\":[false,{\"version\":5},7,true],"
		"\"gone\":null}");
	const struct lua *v, *item;
	struct arena a;

	(void)state;
	arena_init(&a, MIB);
	assert_int_equal(prosody_json(&a, text, &v), OK);
	assert_true(str_eq(lua_get_str(v, STR("name")), STR("body")));
	assert_true(lua_get_number(lua_get_false(v), STR("version"), 0) == 5);
	assert_int_equal(lua_get(v, STR("gone"))->type, LUA_NIL);
	for (item = v->first; item && item->key; item = item->next)
		;
	assert_non_null(item);
	assert_true(str_eq(lua_str(item), STR("a")));
	assert_null(item->next->key);
	assert_true(lua_get_number(item->next, STR("x"), 0) == -1.5);
	assert_int_equal(prosody_json(&a, STR("[1,[2]]"), &v), OK);
	assert_true(v->first->number == 1 && v->first->next->first->number == 2);
	assert_int_equal(prosody_json(&a, STR("\"text\""), &v), OK);
	assert_true(str_eq(lua_str(v), STR("text")));
	arena_done(&a);
}

static void refuses_what_is_none(void **state)
{
	static const char *const wrong[] = { "",
					     "{",
					     "{\"a\":}",
					     "{\"__array\":1}",
					     "{\"__hash\":[1]}",
					     "{\"__hash\":{}}",
					     "return {}",
					     "\"\xff\"" };
	char deep[4 * LUA_DEPTH_MAX];
	const struct lua *v;
	struct arena a;

	(void)state;
	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(prosody_json(&a, str_from(wrong[i]), &v), ERR_INVALID);
	memset(deep, '[', sizeof(deep) / 2);
	memset(deep + sizeof(deep) / 2, ']', sizeof(deep) / 2);
	assert_int_equal(prosody_json(&a, str_make(deep, sizeof(deep)), &v), ERR_INVALID);
	assert_int_equal(prosody_json(&a, str_make(deep + LUA_DEPTH_MAX, 2 * LUA_DEPTH_MAX), &v),
			 OK);
	arena_done(&a);
	arena_init(&a, 64); /* bytes */
	assert_int_equal(prosody_json(&a, STR("[1,2,3,4,5,6,7]"), &v), ERR_INVALID);
	arena_done(&a);
}

UNIT_TESTS(server_transfer_prosody_json, cmocka_unit_test(reads_tables),
	   cmocka_unit_test(refuses_what_is_none));
