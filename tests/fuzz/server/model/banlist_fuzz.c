/* SPDX-License-Identifier: Apache-2.0 */
/* A file of blocked addresses: whatever is accepted covers itself. */
#include "server/model/banlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct banlist *l = banlist_new();
	unsigned line = 0;
	const char *key;
	size_t at = 0;

	if (size <= 64 * KIB && banlist_read(l, str_make((const char *)data, size), &line) != OK)
		must(line > 0);
	while ((key = map_next(&l->items, &at))) {
		struct arena a scoped(arena_done) = { 0 };
		struct jid jid;

		arena_init(&a, 64 * KIB);
		must(jid_parse(&a,
			       key[0] == '.' ? ARENA_JOIN(&a, STR("x"), str_from(key))
					     : str_from(key),
			       &jid) == OK);
		must(banlist_covers(l, jid).ptr);
	}
	must(banlist_unref(l) == NULL);
	return 0;
}
