/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of messages for later: rows of the server say what is due, the soonest first, so that
 * nothing is forgotten over a restart, and nothing of accounts that are away is in memory. The
 * first worker's loop; later_clock_look from any. */
#pragma once

#include "server/route/dispatch.h"

struct later_clock;

/* On the loop of h (borrowed), before the loops run; what has become due while the server was down
 * is sent at once. due: has the account of d send what its row for that time and id says. Sets
 * later_clock of all homes. */
struct later_clock *later_clock_new(struct home *h,
				    void (*due)(struct dispatch *d, usec_t wall_at, struct str id))
	__attribute__((returns_nonnull));

/* The loops do not run any more. */
void later_clock_free(struct later_clock **c);

/* There may be something sooner. Any loop; h is of that loop. */
void later_clock_look(struct home *h);
