/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a room (XEP-0045 10.9): what it was goes in one commit, with a mark that it ends; what
 * was said in it goes behind that in small steps, and then the mark. Until then the room handles
 * nothing else. After a crash the mark leads on from where it was. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* The room ceases to be, with all that d has led to. */
void ending_begin(struct dispatch *d, struct room *r);

/* Every room that was ending when the server stopped: at start, on any home. */
enum {
	ENDING_MAX =
		1000 /* rooms that are looked for at start; more are found when they are used */
};
void ending_look(struct home *h);

extern const struct feature room_ending_feature;
