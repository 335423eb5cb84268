/* SPDX-License-Identifier: Apache-2.0 */
/* Messages into a room's archive (XEP-0313, XEP-0359). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Stores el, as it is shared, with the real address of whom it is from (peer, a bare JID) for those
 * who may see it; and adds the room's id for it to el. Once it is durable those who enter get it.
 */
void keep_message(struct dispatch *d, struct str peer, struct xml *el);

/* An id for what the room itself says, in the dispatch's arena. */
struct str keep_random_id(struct dispatch *d);
