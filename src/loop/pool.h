/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for what blocks: store reads, password hashing, name look-ups. A job runs on a pool
 * thread and ends on the loop that asked. */
#pragma once

#include "loop/loop.h"

struct pool;

/* Embed it in what the job works on; the job belongs to the pool until done is called. */
struct job {
	struct letter letter; /* brings it home; must not be touched by the owner */
	struct loop *home;
	void (*run)(struct job *j, void *thread_ctx); /* on a pool thread */
	void (*done)(struct job *j);                  /* on home */
	struct job *next;
};

struct pool_config {
	const char *name;      /* of the threads, at most 15 bytes */
	unsigned threads;      /* at least 1 */
	size_t queue_limit;    /* jobs; pool_submit answers ERR_BUSY past it */
	void *(*open)(void *); /* optional: makes a thread's context; runs on the thread before its
				  first job */
	void (*close)(void *thread_ctx);
	void *open_arg;
};

must_check enum err pool_new(const struct pool_config *config, struct pool **ret_pool);

/* Runs what is queued, then ends the threads. Blocks. done letters of the last jobs may still be
 * under way to their loops. */
void pool_free(struct pool **pool);

/* Ends the threads after the jobs that they are at; what is queued is never run, and the pool keeps
 * it. Blocks. NULL is fine. */
void pool_stop(struct pool *pool);

/* Queues j; j->run and j->done are set by the caller, home is this thread's loop. ERR_BUSY leaves j
 * with the caller. */
must_check enum err pool_submit(struct pool *p, struct job *j);
