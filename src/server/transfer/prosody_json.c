/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as Lua tables, see prosody_json.h. */
#include "server/transfer/prosody_json.h"

#include <jansson.h>

static struct lua *convert(struct arena *a, json_t *json, unsigned depth);

static struct lua *lua_new(struct arena *a, enum lua_type type)
{
	struct lua *v = arena_zalloc(a, sizeof(*v));

	v->type = type;
	return v;
}

static struct lua *string(struct arena *a, const char *text, size_t len)
{
	struct lua *v = lua_new(a, LUA_STRING);

	v->string = arena_dup(a, str_make(text, len));
	return v;
}

/* The end of a table that is being filled. */
struct table {
	struct arena *a;
	struct lua *value;
	struct lua **last;
	unsigned depth;
};

static bool add(struct table *t, struct lua *key, json_t *json)
{
	struct lua *v = convert(t->a, json, t->depth + 1);

	if (!v)
		return false;
	v->key = key;
	*t->last = v;
	t->last = &v->next;
	return true;
}

static bool add_array(struct table *t, const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (!add(t, NULL, json_array_get(array, i)))
			return false;
	}
	return json_is_array(array);
}

static bool add_pairs(struct table *t, const json_t *array)
{
	for (size_t i = 0; i + 1 < json_array_size(array); i += 2) {
		struct lua *key = convert(t->a, json_array_get(array, i), t->depth + 1);

		if (!key || !add(t, key, json_array_get(array, i + 1)))
			return false;
	}
	return json_is_array(array) && json_array_size(array) % 2 == 0;
}

static bool add_members(struct table *t, json_t *object)
{
	const char *name;
	json_t *member;

	json_object_foreach(object, name, member)
	{
		struct str key = str_from(name);
		bool is_fine = str_eq(key, STR("__array")) ? add_array(t, member)
			       : str_eq(key, STR("__hash"))
				       ? add_pairs(t, member)
				       : add(t, string(t->a, key.ptr, key.len), member);

		if (!is_fine)
			return false;
	}
	return true;
}

static struct lua *convert_table(struct arena *a, json_t *json, unsigned depth)
{
	struct table t = { .a = a, .value = lua_new(a, LUA_TABLE), .depth = depth };
	bool is_fine;

	t.last = &t.value->first;
	is_fine = json_is_array(json) ? add_array(&t, json) : add_members(&t, json);
	return is_fine ? t.value : NULL;
}

/* NULL: too deep, or too much. */
static struct lua *convert(struct arena *a, json_t *json, unsigned depth)
{
	struct lua *v;

	if (depth > LUA_DEPTH_MAX || arena_is_over(a))
		return NULL;
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return convert_table(a, json, depth);
	case JSON_STRING:
		return string(a, json_string_value(json), json_string_length(json));
	case JSON_INTEGER:
	case JSON_REAL:
		v = lua_new(a, LUA_NUMBER);
		v->number = json_number_value(json);
		return v;
	case JSON_TRUE:
	case JSON_FALSE:
		v = lua_new(a, LUA_BOOL);
		v->is_true = json_is_true(json);
		return v;
	case JSON_NULL:
		break;
	}
	return lua_new(a, LUA_NIL);
}

enum err prosody_json(struct arena *a, struct str text, const struct lua **ret_value)
{
	json_t *json;
	struct lua *v;

	if (text.len > PROSODY_JSON_MAX)
		return ERR_INVALID;
	json = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
			  NULL);
	v = json ? convert(a, json, 1) : NULL;

	json_decref(json);
	if (!v)
		return ERR_INVALID;
	*ret_value = v;
	return OK;
}
