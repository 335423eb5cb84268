/* SPDX-License-Identifier: Apache-2.0 */
/* When a server that could not be reached is tried again. Any thread. */
#pragma once

#include "base/clock.h"

#define S2S_BACKOFF_FIRST (2 * USEC_PER_SEC)
#define S2S_BACKOFF_MOST  (5 * USEC_PER_MIN)

/* The time to wait after so many failures (1 and more) one after the other: it doubles, up to
 * S2S_BACKOFF_MOST, less up to a third by chance, so that not all servers come back at once. */
usec_t s2s_backoff(unsigned failures);
