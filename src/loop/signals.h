/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as events of the main loop. */
#pragma once

#include "loop/loop.h"

struct signals;

/* Blocks SIGTERM, SIGINT and SIGHUP: call it before any thread starts, so that they reach the main
 * loop alone. */
void signals_block(void);

/* Blocks SIGTERM, SIGINT and SIGHUP (signals_block), ignores SIGPIPE, and calls fn(arg, signal) on
 * l for each that comes. One per process. ERR_BUSY without descriptors. */
must_check enum err signals_watch(struct loop *l, void (*fn)(void *arg, int signo), void *arg,
				  struct signals **ret_signals);

/* Ends watching; the signals stay blocked. */
void signals_free(struct signals **s);
