/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, see s2s_rate.h. */
#include "server/s2s/s2s_rate.h"

static usec_t put(usec_t *until, usec_t now, usec_t cost)
{
	if (*until < now)
		*until = now;
	*until += cost;
	return *until - now > S2S_RATE_BURST ? *until - now - S2S_RATE_BURST : 0;
}

usec_t s2s_rate_take(struct s2s_rate *r, usec_t now, size_t bytes, int64_t stanzas_per_second,
		     size_t bytes_per_second)
{
	usec_t one = put(&r->stanzas_until, now, USEC_PER_SEC / stanzas_per_second);
	usec_t other =
		put(&r->bytes_until, now, (usec_t)bytes * USEC_PER_SEC / (usec_t)bytes_per_second);

	return one > other ? one : other;
}
