/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, see s2s_rate.h. */
#include "server/s2s/s2s_rate.h"

static usec_t put(usec_t *until, usec_t now, usec_t cost)
{
	usec_t old = __atomic_load_n(until, __ATOMIC_RELAXED), end;

	do {
		end = (old < now ? now : old) + cost;
	} while (!__atomic_compare_exchange_n(until, &old, end, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return end - now > S2S_RATE_BURST ? end - now - S2S_RATE_BURST : 0;
}

bool s2s_rate_is_idle(const struct s2s_rate *r, usec_t now)
{
	return __atomic_load_n(&r->stanzas_until, __ATOMIC_RELAXED) <= now &&
	       __atomic_load_n(&r->bytes_until, __ATOMIC_RELAXED) <= now;
}

usec_t s2s_rate_take(struct s2s_rate *r, usec_t now, size_t bytes, int64_t stanzas_per_second,
		     size_t bytes_per_second)
{
	usec_t one = put(&r->stanzas_until, now, USEC_PER_SEC / stanzas_per_second);
	usec_t other =
		put(&r->bytes_until, now, (usec_t)bytes * USEC_PER_SEC / (usec_t)bytes_per_second);

	return one > other ? one : other;
}
