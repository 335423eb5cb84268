/* SPDX-License-Identifier: Apache-2.0 */
/* A stored message between two entities of this server: the sender's entity asks the receiver's,
 * which adds its archive entry to the sender's txn or refuses; the sender hands the txn to the
 * store; both outboxes release when it is durable. One body, an entry for each owner, one commit
 * (DECISIONS 7; docs/adr/0008). */
#pragma once

#include "server/route/dispatch.h"

/* WAY_OUT: ends d by proposing its message to the entity it is addressed to. Takes d's txn and
 * effects. */
void proposal_make(struct dispatch *d);

/* WAY_IN: d->proposal gets its answer: d's effects wait in the receiver's outbox, or a refusal goes
 * back. */
void proposal_answer(struct dispatch *d);

/* The receiver does not exist or cannot take it. */
void proposal_refuse(struct proposal **p, enum condition why);

/* The receiver does not exist, but nobody is to know: the message is the sender's alone. */
void proposal_take(struct proposal **p);

/* The sender's txn ended: tells the receiver. */
void proposal_committed(struct proposal **p, enum err err);

/* The txn to which the receiver adds. */
struct txn *proposal_txn(const struct proposal *p);
