/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for stanzas to be durable, see receipt.h. */
#include "server/route/receipt.h"

static void on_given(struct letter *l)
{
	struct receipt *r = container_of(l, struct receipt, letter);

	r->fn(r);
}

void receipt_init(struct receipt *r, struct loop *loop, void (*fn)(struct receipt *r))
{
	*r = (struct receipt){ .letter.fn = on_given, .loop = loop, .count = 1, .fn = fn };
}

struct receipt *receipt_ref(struct receipt *r)
{
	if (r)
		(void)__atomic_add_fetch(&r->count, 1, __ATOMIC_RELAXED);
	return r;
}

void receipt_give(struct receipt *r)
{
	if (r && !__atomic_sub_fetch(&r->count, 1, __ATOMIC_ACQ_REL))
		loop_post(r->loop, &r->letter);
}
