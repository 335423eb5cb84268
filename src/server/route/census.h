/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns all users that are in memory, wherever they live: letters go round from home to
 * home. For administration. */
#pragma once

#include "server/route/entity.h"

/* Calls visit(e, arg) for every entity in memory, on its loop, one home after the other, then
 * done(arg) on the loop that asked. arg is never used by two threads at a time. visit may end
 * sessions. From any loop; never from inside the call. */
void census_take(struct home *h, void (*visit)(struct entity *e, void *arg),
		 void (*done)(void *arg), void *arg);

/* Ends the session of a full JID, or all of a bare one, the detached ones too, with
 * policy-violation and this text (a literal). fn(arg, count) comes on the loop that asked, when
 * they can send and receive nothing more. From any loop; never from inside the call. */
void census_end_sessions(struct home *h, struct str jid, struct str text,
			 void (*fn)(void *arg, size_t count), void *arg);
