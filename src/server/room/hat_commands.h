/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for hats (XEP-0317 4.2 to 4.7, XEP-0050): one form each, so that no session need be
 * kept. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* disco about the list of commands and each of them; PASS: it is none of those nodes. */
enum verdict hat_commands_disco(struct dispatch *d, const struct room *r, struct str node,
				bool is_items);

extern const struct feature room_hats_feature;
