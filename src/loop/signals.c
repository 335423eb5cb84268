/* SPDX-License-Identifier: Apache-2.0 */
/* signalfd(2) on the main loop, see signals.h. */
#include "loop/signals.h"

#include "base/mem.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signals {
	struct loop *loop;
	struct watch watch;
	void (*fn)(void *arg, int signo);
	void *arg;
};

static void on_signal(struct watch *w, uint32_t events)
{
	struct signals *s = container_of(w, struct signals, watch);
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->fn(s->arg, (int)info.ssi_signo);
}

static void fill(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

void signals_block(void)
{
	sigset_t set;

	fill(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

void signals_free(struct signals **signals)
{
	struct signals *s = *signals;

	*signals = NULL;
	if (!s)
		return;
	if (s->watch.fd >= 0) {
		loop_unwatch(s->loop, &s->watch);
		(void)close(s->watch.fd); /* nothing was written */
	}
	mem_free(s);
}

enum err signals_watch(struct loop *l, void (*fn)(void *arg, int signo), void *arg,
		       struct signals **ret_signals)
{
	struct signals *s = mem_zalloc(1, sizeof(*s));
	sigset_t set;
	enum err e;

	signals_block();
	fill(&set);
	s->loop = l;
	s->fn = fn;
	s->arg = arg;
	s->watch = (struct watch){ .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
				   .events = EPOLLIN,
				   .fn = on_signal };
	e = s->watch.fd < 0 ? ERR_BUSY : loop_watch(l, &s->watch);
	if (e) {
		signals_free(&s);
		return e;
	}
	*ret_signals = s;
	return OK;
}
