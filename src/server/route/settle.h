/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a dispatch: its effects are carried out at once, or wait in the entity's outbox behind
 * its txn. */
#pragma once

#include "server/route/dispatch.h"

/* Ends d in order; d itself is still the caller's to dispatch_end. */
void settle(struct dispatch *d);

/* Makes the slot of d (taking its txn and effects), which knows how to answer the sender when it
 * fails. */
struct slot *settle_slot(struct dispatch *d, enum slot_state state);

/* Releases a slot whose message was refused: the sender gets the error that was put into it. */
void settle_refused(struct slot *s);

/* Instead of dispatch_wait, where what is looked up must hold all that was handled before (an
 * archive): d keeps its place in the order, what it has led to so far is settled, and the entity
 * goes on with other stanzas. turn(d) is called when all before is durable and released, perhaps at
 * once; it looks up, and ends with dispatch_resume, which goes on with fn or the next hook as after
 * dispatch_wait. From then on d may have effects, but no txn. WAIT. */
enum verdict settle_in_turn(struct dispatch *d, void (*turn)(struct dispatch *d),
			    void (*fn)(struct dispatch *d));

/* The same for who writes what depends on what he reads: from now on until d has ended the entity
 * handles nothing else (but messages whose senders wait for it), so that fn may have a txn. Costs
 * the user a pause: not for what is frequent. WAIT. */
enum verdict settle_alone(struct dispatch *d, void (*turn)(struct dispatch *d),
			  void (*fn)(struct dispatch *d));

/* For the router: gives back the place of a dispatch that was alone, which then ends as any other.
 * The entity is still held. */
void settle_leave_turn(struct dispatch *d);

/* For the router: the end of a dispatch that had its turn. */
void settle_turn(struct dispatch *d);
