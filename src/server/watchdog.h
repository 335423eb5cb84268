/* SPDX-License-Identifier: Apache-2.0 */
/* systemd's watchdog (sd_watchdog_enabled(3)): a letter goes round all loops, and each time that it
 * has come home systemd is told. A loop that hangs for WatchdogSec gets the server started again.
 */
#pragma once

#include "loop/loop.h"

struct worker;

struct watchdog {
	struct worker *workers; /* borrowed */
	unsigned count;
	unsigned next; /* worker that the letter goes to; whoever has the letter has this */
	usec_t pause;  /* between two rounds */
	struct timer timer;
	struct letter letter;
};

/* Begins, if systemd waits for it ($WATCHDOG_USEC). On the first worker's thread, all run; x must
 * outlive their loops. */
void watchdog_start(struct watchdog *x, struct worker *workers, unsigned count);

/* Also without a start. On the first worker's thread, when its loop has ended. */
void watchdog_stop(struct watchdog *x);
