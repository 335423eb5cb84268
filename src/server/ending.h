/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the server as an administrator asks for it (XEP-0133 4.30, 4.31): after a while, for
 * good or to be started again by whoever watches over it. The last one who asks is heard. */
#pragma once

#include "loop/loop.h"

#include <stdbool.h>

struct ending {
	struct loop *loop; /* where stop is called */
	struct timer timer;
	bool wants_restart;        /* of what was asked last */
	bool is_due;               /* stop was called */
	void (*stop)(void *owner); /* begins to stop in order; called once */
	void *owner;
};

void ending_init(struct ending *x, struct loop *l, void (*stop)(void *owner), void *owner);

/* On its loop, which runs no longer. */
void ending_done(struct ending *x);

/* A signal: at once, for good, whatever was asked before. On its loop. */
void ending_now(struct ending *x);

/* For struct home_ending; owner is the struct ending. Any thread. */
void ending_ask(void *owner, usec_t delay, bool wants_restart);
