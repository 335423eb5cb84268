/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that leave the quiet box: delivered, or taken away. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* Those who are marked (QUIET_ACCEPTED, QUIET_REFUSED) are worked on, one after the other, when d
 * is durable. */
void quiet_leave(struct dispatch *d);

/* The same for what was left behind when the account was read from the store. */
void quiet_leave_now(struct entity *e);
