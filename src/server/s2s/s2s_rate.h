/* SPDX-License-Identifier: Apache-2.0 */
/* How fast other servers may be read: a virtual queue that empties at the rate, for stanzas and for
 * bytes (GCRA). Any thread; several may share one, without a lock. */
#pragma once

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define S2S_RATE_BURST (5 * USEC_PER_SEC) /* so much at once is fine, in time at the rate */

struct s2s_rate {
	usec_t stanzas_until, bytes_until; /* when the virtual queues are empty; atomic */
};

/* A stanza of so many bytes was read at now. How long to read nothing: 0, or a time. per_second: of
 * stanzas and bytes, both above 0. */
usec_t s2s_rate_take(struct s2s_rate *r, usec_t now, size_t bytes, int64_t stanzas_per_second,
		     size_t bytes_per_second);

/* Whether both queues are empty. */
bool s2s_rate_is_idle(const struct s2s_rate *r, usec_t now);
