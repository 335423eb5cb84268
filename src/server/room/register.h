/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with a room (XEP-0045 7.10, 9.9): who would be a member and reserve a nickname. On
 * the room's loop. */
#pragma once

#include "server/room/room.h"

/* What an admin has filled in about somebody's wish (9.9). */
enum verdict register_decide(struct dispatch *d, struct room *r, const struct xml *form);

extern const struct feature room_register_feature;
