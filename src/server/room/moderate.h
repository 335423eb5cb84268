/* SPDX-License-Identifier: Apache-2.0 */
/* Messages taken back: by a moderator (XEP-0425), or by who sent them (XEP-0424). The archive keeps
 * a tombstone. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* For a message to everybody that takes back another one: looks that one up, and puts a tombstone
 * in its place when d's message is taken. True: it may be said, or it is no such message. False:
 * *ret_verdict is the hook's. o says it. */
must_check bool moderate_is_open(struct dispatch *d, const struct occupant *o,
				 enum verdict *ret_verdict);

extern const struct feature room_moderate_feature;
