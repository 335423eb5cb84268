/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as events of the main loop. */
#pragma once

#include "loop/loop.h"

/* Blocks SIGTERM, SIGINT and SIGHUP for the process (call it before any thread starts), ignores SIGPIPE, and calls fn(arg, signal) on l
 * for each that comes. One per process. ERR_BUSY without descriptors. */
must_check enum err signals_watch(struct loop *l, void (*fn)(void *arg, int signo), void *arg);
