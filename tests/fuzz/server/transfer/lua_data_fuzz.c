/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a statement of Lua: refused with a place inside, or a value that can be walked, and
 * that is an element or none. */
#include "server/transfer/lua_data.h"
#include "server/transfer/prosody_stanza.h"

static size_t walk(const struct lua *v)
{
	size_t n = 1;

	if (v->type == LUA_STRING && v->string.len)
		must(v->string.ptr != NULL);
	for (const struct lua *child = v->type == LUA_TABLE ? v->first : NULL; child;
	     child = child->next) {
		must(!child->key || child->key->type != LUA_TABLE);
		n += walk(child);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	const struct lua *v = NULL;
	struct arena a;
	size_t at = size;

	arena_init(&a, 16 * MIB);
	if (lua_parse(&a, text, &v, &at)) {
		must(v == NULL && at <= size);
	} else {
		const struct xml *el = prosody_stanza(&a, v, STR("jabber:client"));

		must(walk(v) <= size + 1);
		must(!el || el->name.len);
		must(!lua_get_str(v, STR("name")).ptr || v->type == LUA_TABLE);
	}
	arena_done(&a);
	return 0;
}
