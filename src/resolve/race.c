/* SPDX-License-Identifier: Apache-2.0 */
/* Happy eyeballs, see race.h. */
#include "resolve/race.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct attempt {
	struct watch watch; /* fd -1: not begun, or over */
	struct race *race;
	struct addr to;
};

struct race {
	struct loop *loop;
	struct timer timer;
	race_fn fn;
	void *owner;
	size_t count, begun, running;
	int error;
	usec_t until; /* for those that run */
	struct attempt attempts[RACE_MAX];
};

static void stop(struct attempt *a)
{
	if (a->watch.fd < 0)
		return;
	loop_unwatch(a->race->loop, &a->watch);
	(void)close(a->watch.fd); /* nothing can be done about a failure */
	a->watch.fd = -1;
	a->race->running--;
}

static void finish(struct race *r, int fd, const struct addr *to)
{
	for (size_t i = 0; i < r->begun; i++)
		stop(&r->attempts[i]);
	loop_timer_stop(r->loop, &r->timer);
	r->fn(r->owner, fd, to, r->error); /* may free r */
}

static void on_attempt(struct watch *w, uint32_t events)
{
	struct attempt *a = container_of(w, struct attempt, watch);
	struct race *r = a->race;
	int error = 0, fd = w->fd;
	socklen_t len = sizeof(error);

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		r->error = error;
		stop(a);
		loop_timer(r->loop, &r->timer, 0); /* the next one need not wait */
		return;
	}
	loop_unwatch(r->loop, w);
	w->fd = -1;
	r->running--;
	finish(r, fd, &a->to);
}

static void begin(struct attempt *a)
{
	struct race *r = a->race;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&a->to, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		r->error = errno;
		return;
	}
	if (connect(fd, (const struct sockaddr *)&ss, len) < 0 && errno != EINPROGRESS) {
		r->error = errno;
		(void)close(fd); /* the error of connect counts */
		return;
	}
	a->watch = (struct watch){ .fd = fd, .events = EPOLLOUT, .fn = on_attempt };
	if (loop_watch(r->loop, &a->watch)) {
		r->error = EMFILE;
		(void)close(fd); /* the error of the loop counts */
		a->watch.fd = -1;
		return;
	}
	r->running++;
}

static void on_timer(struct timer *t)
{
	struct race *r = container_of(t, struct race, timer);
	size_t running = r->running;

	while (r->begun < r->count && r->running == running)
		begin(&r->attempts[r->begun++]);
	if (r->running > running) {
		r->until = loop_now(r->loop) + RACE_ANSWER_USEC;
		loop_timer(r->loop, t, r->begun < r->count ? RACE_STAGGER_USEC : RACE_ANSWER_USEC);
	} else if (r->running == 0) {
		finish(r, -1, NULL);
	} else if (loop_now(r->loop) >= r->until) {
		r->error = ETIMEDOUT;
		finish(r, -1, NULL);
	} else {
		loop_timer(r->loop, t, r->until - loop_now(r->loop));
	}
}

struct race *race_new(struct loop *loop, const struct addr *addrs, size_t count, race_fn fn,
		      void *owner)
{
	struct race *r = mem_zalloc(1, sizeof(*r));

	must(count > 0);
	r->loop = loop;
	r->timer.fn = on_timer;
	r->fn = fn;
	r->owner = owner;
	r->count = count > RACE_MAX ? RACE_MAX : count;
	for (size_t i = 0; i < r->count; i++)
		r->attempts[i] = (struct attempt){ .watch.fd = -1, .race = r, .to = addrs[i] };
	loop_timer(loop, &r->timer, 0);
	return r;
}

void race_free(struct race **race)
{
	struct race *r = *race;

	*race = NULL;
	if (!r)
		return;
	for (size_t i = 0; i < r->begun; i++)
		stop(&r->attempts[i]);
	loop_timer_stop(r->loop, &r->timer);
	mem_free(r);
}

void race_interleave(struct addr *addrs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool wants_v4 = i % 2 == 1;
		size_t k = i;
		struct addr found;

		while (k < count && addr_is_v4(&addrs[k]) != wants_v4)
			k++;
		if (k == count)
			return; /* only the other family is left */
		found = addrs[k];
		memmove(&addrs[i + 1], &addrs[i], (k - i) * sizeof(addrs[0]));
		addrs[i] = found;
	}
}
