/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts who see each other's presence without their users being asked (XEP-0379 3.4, XEP-0401
 * 4.5, XEP-0283 4.4). */
#pragma once

#include "server/route/dispatch.h"

/* Lets contact, who has asked for it, see the presence of d's account, as if the user had approved;
 * asks_back: and asks in turn, unless he sees the contact's already. There must be room
 * (roster_has_room). contact must be in the arena. */
void befriend_accept(struct dispatch *d, struct str contact, bool asks_back);

/* Puts other in the roster of d's account with a full subscription, with the pushes of RFC 6121
 * 2.1.6. False, and nothing is done, when the roster is full. */
bool befriend_one(struct dispatch *d, struct str other);

/* Does so for both, wherever they live; fn(arg, err) on the loop that asked when both are durable.
 * ERR_NOT_FOUND: one of them is no account. From any loop. */
void befriend(struct home *h, struct str one, struct str other, void (*fn)(void *arg, enum err err),
	      void *arg);
