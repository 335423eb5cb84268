/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of a roster item: whatever is accepted is written back as something that is
 * accepted and means the same. */
#include "server/model/roster.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str value = str_make((const char *)data, size), encoded;
	struct roster *r = roster_new(), *again = roster_new();
	struct roster_item *item, *copy;

	arena_init(&a, MIB);
	if (!memchr(value.ptr ? value.ptr : "", 0, size) &&
	    roster_decode(r, STR("a@b"), value) == OK) {
		item = roster_find(r, STR("a@b"));
		encoded = roster_item_encode(item, &a);
		must(roster_decode(again, STR("a@b"), encoded) == OK);
		copy = roster_find(again, STR("a@b"));
		must(copy->flags == item->flags && str_eq(copy->name, item->name) &&
		     str_eq(copy->groups, item->groups));
		must(str_eq(copy->request, item->request) && r->listed == again->listed);
	}
	roster_free(&r);
	roster_free(&again);
	return 0;
}
