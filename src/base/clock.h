/* SPDX-License-Identifier: Apache-2.0 */
/* Time. One unit: usec_t, microseconds. Monotonic unless the name says wall_. Any thread. */
#pragma once

#include <stdint.h>

typedef int64_t usec_t; /* microseconds */

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)

/* Monotonic time; only differences mean anything. */
usec_t clock_now(void);

/* The same, but it goes on while the machine sleeps. */
usec_t clock_boot(void);

/* Microseconds since 1970-01-01 UTC. */
usec_t wall_now(void);

/* CPU time that this thread has used so far. */
usec_t clock_thread_cpu(void);

/* Test seam: both clocks then stand at these values until clock_real() is called. Not thread safe;
 * tests only. */
void clock_fake(usec_t now, usec_t wall);
void clock_real(void);
