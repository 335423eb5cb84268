/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of an account's list of blocked addresses (XEP-0191) and reports of abuse (XEP-0377), for
 * all features that make some. On the entity's loop. */
#pragma once

#include "server/model/blocklist.h"
#include "server/route/dispatch.h"

/* Whether jids fit into the list (limits.blocked_addresses, BLOCKLIST_BYTES_MAX). */
bool block_has_room(const struct dispatch *d, const struct blocklist *jids);

/* Blocks jids, which have room: the store, the account's clients that know the list, the features
 * (on_blocking). */
void block_add(struct dispatch *d, const struct blocklist *jids);

/* XEP-0377: <report/> (may be NULL) is kept with the address, and queued for who runs the server
 * (route/abuse_book.h): ABUSES_A_DAY of one account. One without a reason, or longer than
 * ABUSE_MARKUP_MAX, is not. */
void block_report(struct dispatch *d, struct str jid, const struct xml *report);

/* Tells the clients that know the list (XEP-0191 3.3 to 3.5) that jids were blocked or unblocked
 * (name of the element); NULL: everything. */
void block_push(struct dispatch *d, struct str name, const struct blocklist *jids);

/* Tells the features: what the change means for others is theirs. */
void block_tell(struct dispatch *d, const struct blocklist *changed, bool is_blocked);
