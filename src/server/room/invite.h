/* SPDX-License-Identifier: Apache-2.0 */
/* What is said to a room and not in it: invitations, refusals of them, requests for voice
 * (XEP-0045 7.8.2, 7.13, 8.6). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* A message to the room itself that is no groupchat. */
enum verdict invite_take(struct dispatch *d, struct room *r);

/* <invite/> from the room for somebody, as if from (a JID) had asked for it. */
void invite_send(struct dispatch *d, const struct room *r, struct str from, struct str to,
		 struct str reason);
