/* SPDX-License-Identifier: Apache-2.0 */
/* Entering a room, changing what one is there, leaving it (XEP-0045 7.2 to 7.7, 7.14). On the
 * room's loop. */
#pragma once

#include "server/room/tell.h"

/* Takes an occupant out with all his clients, after everybody was told (t->is_gone). */
void enter_out(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t);

/* The same without telling others: the room itself ends, and each is told of himself (10.9). */
void enter_end(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t);

/* The same as enter_out of one of his clients: others hear of the last one only. */
void enter_out_client(struct dispatch *d, struct room *r, struct room_session *s,
		      const struct telling *t);

extern const struct feature room_enter_feature;
