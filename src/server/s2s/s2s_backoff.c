/* SPDX-License-Identifier: Apache-2.0 */
/* Back-off, see s2s_backoff.h. */
#include "server/s2s/s2s_backoff.h"

#include "base/random.h"

usec_t s2s_backoff(unsigned failures)
{
	usec_t wait = S2S_BACKOFF_FIRST;

	for (unsigned i = 1; i < failures && wait < S2S_BACKOFF_MOST; i++)
		wait *= 2;
	if (wait > S2S_BACKOFF_MOST)
		wait = S2S_BACKOFF_MOST;
	return wait - (usec_t)(random_u64() % (uint64_t)(wait / 3));
}
