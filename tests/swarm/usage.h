/* SPDX-License-Identifier: Apache-2.0 */
/* What a process and its descendants have used, as the kernel counts it. Linux; any thread. */
#pragma once

#include "base/clock.h"

#include <sys/types.h>

#define USAGE_PROCESSES 256 /* descendants that are looked at */

struct usage {
	usec_t at;     /* when it was taken, monotonic */
	usec_t cpu;    /* user + system so far */
	usec_t own;    /* the same of this process */
	uint64_t rss;  /* bytes, only with usage_memory */
	uint64_t pss;  /* bytes, shared pages in parts */
	unsigned seen; /* processes counted; 0: pid is gone or was 0 */
};

/* Processor time now; pid 0 reads this process only. A descendant that ended before takes its time
 * along. */
struct usage usage_now(pid_t pid);

/* The same of two processes together. */
struct usage usage_of_both(pid_t one, pid_t other);

/* Adds resident memory from /proc/PID/smaps_rollup. */
void usage_memory(pid_t pid, struct usage *u);
