/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of a marker: whatever is accepted is written back as it was. */
#include "server/model/displayed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped(arena_done) = { 0 };
	struct marker one, two;

	arena_init(&a, 1 * MIB);
	if (size > 64 * KIB ||
	    displayed_decode(STR("a@x"), str_make((const char *)data, size), &one))
		return 0;
	must(displayed_decode(one.conversation, displayed_encode(&one, &a), &two) == OK);
	must(one.seq == two.seq && str_eq(one.by, two.by) && str_eq(one.id, two.id));
	return 0;
}
