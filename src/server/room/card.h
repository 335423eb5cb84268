/* SPDX-License-Identifier: Apache-2.0 */
/* The card of a room, for its picture (XEP-0486, XEP-0054). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Adds the sums of its pictures to what disco says of the room. */
void card_add_hashes(struct dispatch *d, const struct room *r, struct xml *form);

extern const struct feature room_card_feature;
