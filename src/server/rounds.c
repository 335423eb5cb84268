/* SPDX-License-Identifier: Apache-2.0 */
/* What is done by the clock, see rounds.h. */
#include "server/rounds.h"

#include "base/mem.h"
#include "server/later/later_clock.h"
#include "server/later/later_send.h"
#include "server/retention.h"

struct rounds {
	struct retention *retention;
	struct later_clock *later;
};

struct rounds *rounds_new(struct home *h)
{
	struct rounds *r = mem_zalloc(1, sizeof(*r));

	r->retention = retention_new(h);
	r->later = later_clock_new(h, later_due);
	return r;
}

void rounds_free(struct rounds **rounds)
{
	struct rounds *r = *rounds;

	if (!r)
		return;
	retention_free(&r->retention);
	later_clock_free(&r->later);
	mem_free(r);
	*rounds = NULL;
}
