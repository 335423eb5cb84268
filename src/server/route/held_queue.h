/* SPDX-License-Identifier: Apache-2.0 */
/* The queue behind route/hold.h: stanzas of one client, each with its place in the account's
 * archive, oldest first; and whose stanzas were held back. Bounded in number and in bytes. On the
 * entity's loop. */
#pragma once

#include "base/bytes.h"

struct held_queue;

enum { HELD_COST = 96 /* bytes of one stanza that waits, beside itself */ };

/* With these bounds; a single stanza always fits. */
struct held_queue *held_queue_new(size_t count_max, size_t bytes_max)
	__attribute__((returns_nonnull));

/* With all that is in it. The pointer is NULL then. */
void held_queue_free(struct held_queue **q);

/* Notes that something of somebody (a hash of his address) was held back, and tells whether that
 * was noted: always when it was, and now and then of another one. */
void held_queue_note(struct held_queue *q, uint64_t who);
bool held_queue_knows(const struct held_queue *q, uint64_t who);

/* Appends a stanza (a count of its own) of sender, a hash of the full address. At the bound those
 * go that say nothing any more, see hold.h. False when there is no room even then, for the first
 * time: the queue is emptied, and takes nothing from then on. */
must_check bool held_queue_add(struct held_queue *q, struct bytes *bytes, int64_t place,
			       uint64_t sender);

/* The oldest, if its place is in front of below; or NULL. It stays there. */
struct bytes *held_queue_first(const struct held_queue *q, int64_t below);
void held_queue_drop_first(struct held_queue *q);
