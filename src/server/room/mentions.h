/* SPDX-License-Identifier: Apache-2.0 */
/* Who may mention whom (XEP-0513 4.5). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Whether a child of a message that o says may go along: false for mentions that he may not make,
 * or when there are too many. */
bool mentions_pass(const struct room *r, const struct occupant *o, const struct xml *message,
		   const struct xml *child);

/* Whether o may mention everybody. */
bool mentions_may_all(const struct room *r, const struct occupant *o);

/* Adds the rules to what disco says of the room. */
void mentions_add(struct dispatch *d, const struct room *r, struct xml *form);

extern const struct feature room_mentions_feature;
