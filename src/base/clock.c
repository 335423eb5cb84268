/* SPDX-License-Identifier: Apache-2.0 */
/* Time, see clock.h. */
#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

static bool is_fake;
static usec_t fake_now, fake_wall;

static usec_t read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* cannot fail for these clocks */
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return is_fake ? fake_now : read_clock(CLOCK_MONOTONIC);
}

usec_t clock_boot(void)
{
	return is_fake ? fake_now : read_clock(CLOCK_BOOTTIME);
}

usec_t wall_now(void)
{
	return is_fake ? fake_wall : read_clock(CLOCK_REALTIME);
}

usec_t clock_thread_cpu(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void clock_fake(usec_t now, usec_t wall)
{
	is_fake = true;
	fake_now = now;
	fake_wall = wall;
}

void clock_real(void)
{
	is_fake = false;
}
