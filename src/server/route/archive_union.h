/* SPDX-License-Identifier: Apache-2.0 */
/* The archive of an account together with those of the rooms that it belongs to (XEP-0313, field
 * include-groupchat): made at reading, in the order of time. Each room is asked whether the account
 * may read it, by the same rule as for its own archive, and up to where its order is final. On the
 * entity's loop. */
#pragma once

#include "server/route/archive_page.h"

enum { UNION_ROOMS_MAX = 500 /* of one query; of more, the first ones by name */ };

/* For struct archive_door. Of rooms that the account does not belong to, one that the search names
 * (ask->room), if its archive is open to who asks. */
void archive_union_read(struct dispatch *d, const struct archive_ask *ask,
			void (*fn)(void *arg, struct store_answer *answer), void *arg);
