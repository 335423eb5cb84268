/* SPDX-License-Identifier: Apache-2.0 */
/* systemd's watchdog, see watchdog.h. */
#include "server/watchdog.h"

#include "base/str.h"
#include "server/notify.h"
#include "server/worker.h"

#include <stdlib.h>
#include <unistd.h>

/* The letter's way: from the first loop through the others, and home. */
static void pass_on(struct watchdog *x)
{
	unsigned to = x->next;

	x->next = (to + 1) % x->count;
	loop_post(x->workers[to].loop, &x->letter);
}

static void on_letter(struct letter *l)
{
	struct watchdog *x = container_of(l, struct watchdog, letter);

	if (loop_index(loop_current()) != 0) {
		pass_on(x);
		return;
	}
	notify_systemd(STR("WATCHDOG=1"), false);
	loop_timer(x->workers[0].loop, &x->timer, x->pause);
}

static void on_pause(struct timer *t)
{
	struct watchdog *x = container_of(t, struct watchdog, timer);

	x->next = 1 % x->count;
	pass_on(x);
}

/* Meant for this process, and a number: how often systemd wants to hear of it. */
static bool read_wish(usec_t *ret_usec)
{
	struct str pid = str_from(getenv("WATCHDOG_PID"));
	uint64_t usec, number;

	if (str_to_u64(str_from(getenv("WATCHDOG_USEC")), &usec) || usec == 0 || usec > INT64_MAX)
		return false;
	if (pid.len && (str_to_u64(pid, &number) || number != (uint64_t)getpid()))
		return false;
	*ret_usec = (usec_t)usec;
	return true;
}

void watchdog_start(struct watchdog *x, struct worker *workers, unsigned count)
{
	usec_t wish;

	if (!read_wish(&wish))
		return;
	*x = (struct watchdog){ .workers = workers,
				.count = count,
				.pause = wish / 3, /* a late round is no hang */
				.timer = { .fn = on_pause },
				.letter = { .fn = on_letter } };
	loop_timer(workers[0].loop, &x->timer, 0);
}

void watchdog_stop(struct watchdog *x)
{
	if (x->count)
		loop_timer_stop(x->workers[0].loop, &x->timer);
}
