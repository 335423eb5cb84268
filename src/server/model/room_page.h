/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the members of a room, in the order of their addresses: lists of a hundred thousand are
 * not asked for at once (XEP-0045, 9.5; XEP-0059). Any thread. */
#pragma once

#include "server/model/room.h"

enum { ROOM_PAGE_MAX = 1000 /* members of one page */ };

struct room_page {
	const struct room_member **items; /* in the arena; the members are the room's */
	size_t count;
	size_t total; /* who have the affiliation */
	size_t index; /* place of the first among them */
};

/* The first max (at most ROOM_PAGE_MAX) of those with an affiliation behind an address; unset:
 * from the beginning. Looks at every member once. */
void room_page_read(const struct room_members *m, enum room_affiliation affiliation,
		    struct str after, size_t max, struct arena *a, struct room_page *ret_page);
