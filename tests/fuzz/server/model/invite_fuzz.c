/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of an invitation, its key on the first line: whatever is accepted is written
 * back as something that is accepted and means the same. */
#include "server/model/invite.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size), key;
	struct arena a scoped(arena_done) = { 0 };
	struct invite one, two;

	arena_init(&a, 16 * MIB);
	if (!str_split(&rest, '\n', &key) || invite_decode(key, rest, &one))
		return 0;
	must(invite_decode(one.key, invite_encode(&a, &one), &two) == OK);
	must(str_eq(one.by, two.by) && str_eq(one.contact, two.contact));
	must(str_eq(one.name, two.name) && str_eq(one.key, two.key));
	must(one.wall_made == two.wall_made && one.wall_end == two.wall_end);
	must(one.uses == two.uses && one.left == two.left);
	must(one.may_register == two.may_register);
	return 0;
}
