/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON of Prosody's: refused, or a table that can be walked, and that is an element or
 * none. */
#include "server/transfer/prosody_json.h"

#include "server/transfer/prosody_stanza.h"

static size_t walk(const struct lua *v, unsigned depth)
{
	size_t n = 1;

	must(depth <= LUA_DEPTH_MAX);
	if (v->type == LUA_STRING)
		must(v->string.ptr != NULL);
	for (const struct lua *child = v->type == LUA_TABLE ? v->first : NULL; child;
	     child = child->next)
		n += walk(child, depth + 1);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lua *v = NULL;
	struct arena a;

	arena_init(&a, 16 * MIB);
	if (prosody_json(&a, str_make((const char *)data, size), &v)) {
		must(v == NULL);
	} else {
		const struct xml *el = prosody_stanza(&a, v, STR("jabber:client"));

		must(walk(v, 1) <= size + 1);
		must(!el || el->name.len);
	}
	arena_done(&a);
	return 0;
}
