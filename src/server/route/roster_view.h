/* SPDX-License-Identifier: Apache-2.0 */
/* What features may know of a user's roster without being the roster feature. On the entity's loop.
 */
#pragma once

#include "server/model/roster.h"
#include "server/route/entity.h"

/* What stands there of who, good until the next change; NULL: nothing, or the account cannot be
 * read (any more). */
const struct roster_item *roster_item(const struct entity *e, struct jid who);

/* Whether who may see e's presence and what is as private: the account itself, or a contact with
 * subscription from or both. */
bool roster_may_see(const struct entity *e, struct jid who);

/* Whether who is in the roster of e at all (listed). */
bool roster_has(const struct entity *e, struct jid who);

/* Whether the contact is listed, or may be added within limits.roster_items and ROSTER_BYTES_MAX.
 * e must be ready. */
bool roster_has_room(const struct entity *e, struct str jid);
