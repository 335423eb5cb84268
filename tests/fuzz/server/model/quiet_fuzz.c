/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of a stranger: whatever is accepted is written back as it was. */
#include "server/model/quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str value = str_make((const char *)data, size), stanza;
	struct arena a scoped(arena_done) = { 0 };
	struct quiet *q = quiet_new();
	usec_t wall;

	arena_init(&a, 1 * MIB);
	if (size <= 64 * KIB && quiet_decode(q, STR("a@x"), value) == OK) {
		const struct quiet_item *item = quiet_find(q, STR("a@x"));
		struct str text = quiet_item_encode(item, &a);

		must(quiet_decode(q, STR("b@x"), text) == OK);
		must(str_eq(text, quiet_item_encode(quiet_find(q, STR("b@x")), &a)));
		must(q->bytes == 2 * item->bytes);
	}
	if (size <= 64 * KIB && quiet_mail_decode(value, &wall, &stanza) == OK)
		must(stanza.len < size);
	if (quiet_decode(q, STR(""), value) == OK)
		must(q->is_set);
	quiet_free(&q);
	return 0;
}
