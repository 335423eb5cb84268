/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a dispatch: its effects are carried out at once, or wait in the entity's outbox behind its txn. */
#pragma once

#include "server/route/dispatch.h"

/* Ends d in order; d itself is still the caller's to dispatch_end. */
void settle(struct dispatch *d);

/* Makes the slot of d (taking its txn and effects), which knows how to answer the sender when it fails. */
struct slot *settle_slot(struct dispatch *d, enum slot_state state);

/* Releases a slot whose message was refused: the sender gets the error. */
void settle_refused(struct slot *s, enum condition why);
