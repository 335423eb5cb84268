/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held, see held.h. */
#include "server/model/held.h"

#include <inttypes.h>

void held_put(struct txn *t, struct str domain, struct str account, struct str invite_id,
	      usec_t wall)
{
	struct str value =
		arena_printf(&t->arena, "%" PRId64 " %.*s", (int64_t)wall, STR_ARG(invite_id));

	txn_put(t, account, HELD_SPACE, STR(""), value);
	txn_put(t, domain, HELD_LIST_SPACE, account, value);
}

void held_delete(struct txn *t, struct str domain, struct str account)
{
	txn_delete(t, account, HELD_SPACE, STR(""));
	txn_delete(t, domain, HELD_LIST_SPACE, account);
}

enum err held_decode(struct str value, usec_t *ret_wall, struct str *ret_invite_id)
{
	struct str wall;
	int64_t n;

	if (!str_split(&value, ' ', &wall) || str_to_i64(wall, &n) || !value.len)
		return ERR_INVALID;
	*ret_wall = n;
	*ret_invite_id = value;
	return OK;
}
