/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a message in a room speaks to (XEP-0513, XEP-0372, names in the text): members, who need not
 * be there, and guests (guests.h). On the room's loop. */
#pragma once

#include "server/room/room.h"

enum {
	MENTIONED_MAX = 100,          /* people that one message names one by one */
	MENTIONED_EXPLICIT_MAX = 100, /* elements in one message that are looked at */
	MENTIONED_GROUP_MAX = 20000,  /* people that it reaches by naming all, or a group */
};

/* Bare JIDs, rising; views of what lives with the room, or in the arena. */
struct mentioned_list {
	struct str *names;
	size_t count;
};

struct mentioned {
	struct mentioned_list members, guests;
};

/* el: as occupants get it: what its sender (a bare JID; never mentioned himself) may not mention
 * stands no longer in it. */
void mentioned_find(struct dispatch *d, struct room *r, const struct xml *el, struct str sender,
		    struct mentioned *ret_mentioned);
