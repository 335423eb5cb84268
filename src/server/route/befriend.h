/* SPDX-License-Identifier: Apache-2.0 */
/* Two accounts of the server become contacts who see each other's presence (XEP-0401 4.5). */
#pragma once

#include "server/route/dispatch.h"

/* Puts other in the roster of d's account with a full subscription, with the pushes of RFC 6121
 * 2.1.6. False, and nothing is done, when the roster is full. */
bool befriend_one(struct dispatch *d, struct str other);

/* Does so for both, wherever they live; fn(arg, err) on the loop that asked when both are durable.
 * ERR_NOT_FOUND: one of them is no account. From any loop. */
void befriend(struct home *h, struct str one, struct str other, void (*fn)(void *arg, enum err err),
	      void *arg);
