/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop, see loop.h. Linux epoll; letters come through a lock-free stack and one eventfd.
 */
#include "loop/loop.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_MAX = 256 };

static const usec_t SLOW_TURN_USEC = 50 * USEC_PER_MSEC;
static const usec_t WAIT_MAX_USEC =
	USEC_PER_DAY; /* more milliseconds than an int holds would wrap */

struct loop {
	unsigned index;
	int epoll_fd;
	struct watch wake; /* eventfd */
	struct heap timers;
	struct list tasks;
	struct letter *letters; /* atomic stack, newest first */
	usec_t now;
	bool is_stopping; /* atomic */
	struct epoll_event events[EVENTS_MAX];
	int event_count, event_at;
	const char *note; /* what the turn did, for the slow turn report */
};

static _Thread_local struct loop *current_loop;

static void on_wake(struct watch *w, uint32_t events)
{
	uint64_t n;

	(void)events;
	/* Only resets the counter; the letters are read in every turn. */
	if (read(w->fd, &n, sizeof(n)) < 0)
		return;
}

enum err loop_new(unsigned index, struct loop **ret_loop)
{
	struct loop *l = mem_zalloc(1, sizeof(*l));
	enum err e;

	l->index = index;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake = (struct watch){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
				  .events = EPOLLIN,
				  .fn = on_wake };
	list_init(&l->tasks);
	l->now = clock_now();
	e = l->epoll_fd < 0 || l->wake.fd < 0 ? ERR_BUSY : loop_watch(l, &l->wake);
	if (e) {
		loop_free(&l);
		return e;
	}
	*ret_loop = l;
	return OK;
}

void loop_free(struct loop **loop)
{
	struct loop *l = *loop;

	*loop = NULL;
	if (!l)
		return;
	if (l->wake.fd >= 0)
		(void)close(l->wake.fd);
	if (l->epoll_fd >= 0)
		(void)close(l->epoll_fd);
	heap_done(&l->timers);
	mem_free(l);
}

struct loop *loop_current(void)
{
	return current_loop;
}

unsigned loop_index(const struct loop *l)
{
	return l->index;
}

usec_t loop_now(const struct loop *l)
{
	return l->now;
}

enum err loop_watch(struct loop *l, struct watch *w)
{
	struct epoll_event ev = { .events = w->events, .data.ptr = w };

	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &ev) == 0 ? OK : ERR_BUSY;
}

void loop_rewatch(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (w->events == events)
		return;
	w->events = events;
	must(epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) == 0);
}

void loop_unwatch(struct loop *l, struct watch *w)
{
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd,
			NULL); /* fails only if it was never added */
	for (int i = l->event_at; i < l->event_count; i++) {
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL;
	}
}

void loop_timer(struct loop *l, struct timer *t, usec_t delay_usec)
{
	heap_remove(&l->timers, &t->item);
	t->item.key = l->now + delay_usec;
	heap_add(&l->timers, &t->item);
}

void loop_timer_stop(struct loop *l, struct timer *t)
{
	heap_remove(&l->timers, &t->item);
}

void loop_task(struct loop *l, struct task *t)
{
	if (list_is_empty(&t->link))
		list_append(&l->tasks, &t->link);
}

void loop_post(struct loop *l, struct letter *letter)
{
	struct letter *top = __atomic_load_n(&l->letters, __ATOMIC_RELAXED);
	uint64_t one = 1;

	do {
		letter->next = top;
	} while (!__atomic_compare_exchange_n(&l->letters, &top, letter, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	metric_inc(METRIC_LETTERS);
	/* Only who finds the box empty rings: at most one wake-up a turn. EAGAIN means that it
	 * rings already. */
	if (!top && l != current_loop && write(l->wake.fd, &one, sizeof(one)) < 0)
		must(errno == EAGAIN);
}

static void read_letters(struct loop *l)
{
	struct letter *newest = __atomic_exchange_n(&l->letters, NULL, __ATOMIC_ACQUIRE);
	struct letter *oldest = NULL;

	while (newest) {
		struct letter *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest) {
		struct letter *next = oldest->next;

		oldest->fn(oldest);
		oldest = next;
	}
}

static void run_timers(struct loop *l)
{
	struct heap_item *item;

	while ((item = heap_top(&l->timers)) && item->key <= l->now) {
		struct timer *t = container_of(item, struct timer, item);

		heap_remove(&l->timers, item);
		t->fn(t);
	}
}

static void run_tasks(struct loop *l)
{
	while (!list_is_empty(&l->tasks)) {
		struct task *t = list_entry(l->tasks.next, struct task, link);

		list_remove(&t->link);
		t->fn(t);
	}
}

static int wait_msec(const struct loop *l, usec_t at_most_usec)
{
	struct heap_item *item = heap_top(&l->timers);
	usec_t wait = at_most_usec;

	if (__atomic_load_n(&l->letters, __ATOMIC_ACQUIRE) || !list_is_empty(&l->tasks))
		return 0;
	if (item) {
		usec_t due = item->key - clock_now();

		if (due <= 0)
			return 0;
		if (wait < 0 || due < wait)
			wait = due;
	}
	if (wait > WAIT_MAX_USEC)
		wait = WAIT_MAX_USEC;
	return wait < 0 ? -1 : (int)((wait + 999) / 1000);
}

static void report_slow_turn(struct loop *l, usec_t cpu)
{
	if (cpu < SLOW_TURN_USEC)
		return;
	metric_inc(METRIC_SLOW_TURNS);
	log_debug(NULL, "slow loop turn", F_INT("loop", l->index), F_INT("cpu_usec", cpu),
		  F_STR("note", str_from(l->note ? l->note : "")));
}

static void turn(struct loop *l, usec_t at_most_usec)
{
	usec_t cpu_before;
	int n = epoll_wait(l->epoll_fd, l->events, EVENTS_MAX, wait_msec(l, at_most_usec));

	l->now = clock_now();
	l->note = NULL;
	cpu_before = clock_thread_cpu();
	l->event_count = n > 0 ? n : 0;
	for (l->event_at = 0; l->event_at < l->event_count;) {
		struct epoll_event *ev = &l->events[l->event_at++];
		struct watch *w = ev->data.ptr;

		if (w)
			w->fn(w, ev->events);
	}
	l->event_count = l->event_at = 0;
	read_letters(l);
	run_timers(l);
	run_tasks(l);
	report_slow_turn(l, clock_thread_cpu() - cpu_before);
}

void loop_run(struct loop *l)
{
	struct loop *before = current_loop;

	current_loop = l;
	while (!__atomic_load_n(&l->is_stopping, __ATOMIC_ACQUIRE))
		turn(l, -1);
	current_loop = before;
}

void loop_run_until(struct loop *l, const bool *is_done, usec_t timeout_usec)
{
	struct loop *before = current_loop;
	usec_t end = clock_now() + timeout_usec;

	current_loop = l;
	while (!*is_done && !__atomic_load_n(&l->is_stopping, __ATOMIC_ACQUIRE)) {
		turn(l, 5 * USEC_PER_MSEC);
		if (clock_now() >= end)
			break;
	}
	current_loop = before;
}

void loop_stop(struct loop *l)
{
	uint64_t one = 1;

	__atomic_store_n(&l->is_stopping, true, __ATOMIC_RELEASE);
	if (write(l->wake.fd, &one, sizeof(one)) < 0)
		must(errno == EAGAIN);
}

void loop_note(const char *what)
{
	if (current_loop)
		current_loop->note = what;
}
