/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and affiliations (XEP-0045 8, 9 and 10): http://jabber.org/protocol/muc#admin. On the
 * room's loop. */
#pragma once

#include "server/room/room.h"

/* Brings roles in line with what the room is now, after a change of its settings or of somebody's
 * affiliation: who may not be there any more is taken out with the status (0: none). */
void admin_review(struct dispatch *d, struct room *r, struct str bare, int status, struct str actor,
		  struct str reason);

extern const struct feature room_admin_feature;
