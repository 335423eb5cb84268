/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: epoll, timers, tasks at the end of a turn, letters from other threads. One loop a
 * thread; everything here is called on the loop's own thread unless it says otherwise. A loop must
 * never be blocked. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "base/heap.h"
#include "base/list.h"

struct loop;

/* A descriptor that is watched. Embed it; level triggered. */
struct watch {
	int fd;          /* borrowed, not closed by the loop */
	uint32_t events; /* EPOLLIN, EPOLLOUT */
	void (*fn)(struct watch *w, uint32_t events);
};

/* A timer. Embed it; runs once. timer.item.key is the time at which it is due. */
struct timer {
	struct heap_item item;
	void (*fn)(struct timer *t);
};

/* Something to be done once at the end of the turn. Embed it; list_init(&task.link) first. */
struct task {
	struct list link;
	void (*fn)(struct task *t);
};

/* A message to a loop. Embed it in what it carries; belongs to the loop from loop_post until fn is
 * called there, which then owns it. */
struct letter {
	struct letter *next;
	void (*fn)(struct letter *l);
};

/* A loop that is not running yet; index is its number among the server's loops. ERR_BUSY without
 * descriptors. */
must_check enum err loop_new(unsigned index, struct loop **ret_loop);

/* Frees a loop that is not running. Letters that were not read are lost with their memory. */
void loop_free(struct loop **loop);

/* Runs turns until loop_stop. */
void loop_run(struct loop *l);

/* Runs turns until *is_done or timeout_usec have passed, at least one: for tests. */
void loop_run_until(struct loop *l, const bool *is_done, usec_t timeout_usec);

/* Ends loop_run after this turn. Any thread. */
void loop_stop(struct loop *l);

/* The loop that runs on this thread, or NULL. */
struct loop *loop_current(void);

unsigned loop_index(const struct loop *l);

/* Time at which this turn began: cheap, good enough for timeouts. */
usec_t loop_now(const struct loop *l);

/* Starts to watch w->fd for w->events. ERR_BUSY when the kernel refuses. */
must_check enum err loop_watch(struct loop *l, struct watch *w);

/* Changes the events watched for (0: none but errors). */
void loop_rewatch(struct loop *l, struct watch *w, uint32_t events);

/* Ends watching; fn is not called any more, even for events already fetched. The descriptor must
 * still be open. */
void loop_unwatch(struct loop *l, struct watch *w);

/* (Re)starts t, due in delay_usec. */
void loop_timer(struct loop *l, struct timer *t, usec_t delay_usec);

/* Stops t; harmless if it is not running. */
void loop_timer_stop(struct loop *l, struct timer *t);

/* Runs t->fn at the end of this turn (once, however often it is asked for). May be asked for by a
 * task too: it then runs in the same turn. */
void loop_task(struct loop *l, struct task *t);

/* Hands l to the loop's thread. Any thread; letters of one sender arrive in order. */
void loop_post(struct loop *l, struct letter *letter);

/* Names what a turn did worst, for the slow turn report: a constant string. */
void loop_note(const char *what);
