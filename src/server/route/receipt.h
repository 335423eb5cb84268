/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody on a loop who waits until stanzas that he has brought are durable with all that they led
 * to, or were refused: each parcel (route/entity.h) that stands for one has a count of it, until
 * the outbox of its entity has released what came of it. */
#pragma once

#include "loop/loop.h"

struct receipt {
	struct letter letter;
	struct loop *loop; /* where fn is called */
	unsigned count;    /* atomic */
	void (*fn)(struct receipt *r);
};

/* With one count, the owner's. fn is called once, on loop and never from inside, when the last
 * count was given back; until then r stays in memory. */
void receipt_init(struct receipt *r, struct loop *loop, void (*fn)(struct receipt *r));

/* One count more, while there is one. Any thread; NULL is fine. Gives r. */
struct receipt *receipt_ref(struct receipt *r);

/* One less. Any thread; NULL is fine. */
void receipt_give(struct receipt *r);
