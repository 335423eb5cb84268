/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held: made with an invitation that is a trap (docs/moderation.md). Any
 * thread. */
#pragma once

#include "base/clock.h"
#include "server/store/txn.h"

/* Of the account: its only row, with an empty key; and of the server's domain: key: the account. */
#define HELD_SPACE      STR("held")
#define HELD_LIST_SPACE STR("held-accounts")

/* The account is held from now on, because of the invitation of this id: rows into t. */
void held_put(struct txn *t, struct str domain, struct str account, struct str invite_id,
	      usec_t wall);

/* It is not any more. */
void held_delete(struct txn *t, struct str domain, struct str account);

/* A row's value: since when, and the id of the invitation (a view). ERR_INVALID for what no version
 * of this program wrote. */
must_check enum err held_decode(struct str value, usec_t *ret_wall, struct str *ret_invite_id);
