/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets, see listener.h. Loops share an address by SO_REUSEPORT. */
#include "net/listener.h"

#include "base/mem.h"
#include "base/metric.h"
#include "net/proxy.h"
#include "net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

struct listener {
	struct net_loop *net;
	struct listener_config config;
	struct watch watch;
	struct timer pause;
	struct list waits; /* of struct proxy_wait */
	unsigned wait_count;
};

/* A connection from a proxy whose header is still to come. It stays in the socket until it is
 * whole. */
struct proxy_wait {
	struct list link;
	struct listener *listener;
	struct watch watch;
	struct timer timer;
	struct addr peer;
	size_t seen; /* bytes */
};

static void hand_up(struct listener *l, int fd, const struct addr *client)
{
	char text[ADDR_TEXT_MAX];
	struct transport *t;

	if (l->config.may_accept && !l->config.may_accept(l->config.owner, client)) {
		(void)close(fd); /* nothing can be done about a failure */
		return;
	}
	if (tcp_new(l->net, fd, addr_format_ip(client, text), l->config.output_limit, &t)) {
		metric_inc(METRIC_ACCEPT_FAILED);
		return;
	}
	l->config.on_accept(l->config.owner, t, client);
}

/* Forgets the wait, gives its descriptor back. */
static int end_wait(struct proxy_wait *w)
{
	struct listener *l = w->listener;
	int fd = w->watch.fd;

	loop_unwatch(l->net->loop, &w->watch);
	loop_timer_stop(l->net->loop, &w->timer);
	list_remove(&w->link);
	l->wait_count--;
	mem_free(w);
	return fd;
}

static void on_wait_late(struct timer *timer)
{
	struct proxy_wait *w = container_of(timer, struct proxy_wait, timer);

	(void)close(end_wait(w)); /* nothing can be done about a failure */
}

/* Wakes us only when there is more than what was looked at. */
static bool wait_for_more(struct proxy_wait *w, size_t seen)
{
	int want = (int)seen + 1;

	if (seen <= w->seen && w->seen > 0)
		return false; /* woken without more: the peer is done */
	w->seen = seen;
	return setsockopt(w->watch.fd, SOL_SOCKET, SO_RCVLOWAT, &want, sizeof(want)) == 0;
}

static void on_wait(struct watch *watch, uint32_t events)
{
	struct proxy_wait *w = container_of(watch, struct proxy_wait, watch);
	struct listener *l = w->listener;
	struct addr client = { .is_set = false }, peer = w->peer;
	char head[PROXY_HEAD_MAX];
	size_t len = 0;
	int fd, one = 1;
	enum err e;
	ssize_t n = recv(watch->fd, head, sizeof(head), MSG_PEEK);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	e = n <= 0 ? ERR_CLOSED : proxy_parse(str_make(head, (size_t)n), &len, &client);
	if (e == ERR_AGAIN && wait_for_more(w, (size_t)n))
		return;
	fd = end_wait(w);
	if (e == OK && recv(fd, head, len, 0) != (ssize_t)len)
		e = ERR_IO;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one)) < 0)
		e = ERR_IO;
	if (e == OK || e == ERR_NOT_FOUND)
		hand_up(l, fd, client.is_set ? &client : &peer);
	else
		(void)close(fd); /* nothing can be done about a failure */
}

static void start_wait(struct listener *l, int fd, const struct addr *peer)
{
	struct proxy_wait *w;

	if (l->wait_count >= LISTENER_PROXY_MAX) {
		(void)close(fd); /* nothing can be done about a failure */
		return;
	}
	w = mem_zalloc(1, sizeof(*w));
	w->listener = l;
	w->peer = *peer;
	w->watch = (struct watch){ .fd = fd, .events = EPOLLIN, .fn = on_wait };
	w->timer.fn = on_wait_late;
	list_append(&l->waits, &w->link);
	l->wait_count++;
	if (loop_watch(l->net->loop, &w->watch)) {
		(void)close(end_wait(w)); /* nothing can be done about a failure */
		return;
	}
	loop_timer(l->net->loop, &w->timer, LISTENER_PROXY_USEC);
}

static void set_watched(struct listener *l, bool is_watched)
{
	loop_rewatch(l->net->loop, &l->watch, is_watched ? EPOLLIN : 0);
}

static void on_pause_over(struct timer *timer)
{
	set_watched(container_of(timer, struct listener, pause), true);
}

/* Without descriptors the socket would stay readable and spin: look away for a while. */
static void take_pause(struct listener *l)
{
	set_watched(l, false);
	loop_timer(l->net->loop, &l->pause, LISTENER_PAUSE_USEC);
}

/* Whether more may be there. */
static bool accept_one(struct listener *l)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr peer;
	int fd = accept4(l->watch.fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		metric_inc(METRIC_ACCEPT_FAILED);
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			take_pause(l);
			return false;
		}
		return true; /* that one connection is gone (accept(2)) */
	}
	metric_inc(METRIC_ACCEPTED);
	peer = addr_from_sockaddr((const struct sockaddr *)&ss, len);
	if (addr_nets_have(l->config.proxies, &peer))
		start_wait(l, fd, &peer);
	else
		hand_up(l, fd, &peer);
	return true;
}

static void on_listener(struct watch *w, uint32_t events)
{
	struct listener *l = container_of(w, struct listener, watch);

	(void)events;
	for (int i = 0; i < LISTENER_ACCEPT_BUDGET; i++) {
		if (!accept_one(l))
			return;
	}
}

static enum err listen_error(int number)
{
	switch (number) {
	case EADDRINUSE:
		return ERR_EXISTS;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return ERR_INVALID;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
		return ERR_BUSY;
	default:
		return ERR_IO;
	}
}

/* A bound socket; -1 with errno. */
static int bound_socket(const struct addr *addr, bool is_shared)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, &ss);
	int yes = 1, no = 0, saved;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    (!is_shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) == 0) &&
	    (ss.ss_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == 0) &&
	    bind(fd, (const struct sockaddr *)&ss, len) == 0)
		return fd;
	saved = errno;
	(void)close(fd); /* the first error counts */
	errno = saved;
	return -1;
}

/* SO_REUSEPORT would let two servers of one user share a port: a plain bind finds that out first.
 */
static enum err probe(const struct addr *addr)
{
	int fd = bound_socket(addr, false);
	enum err e = OK;

	if (fd < 0)
		return listen_error(errno);
	if (listen(fd, 1) < 0)
		e = listen_error(errno);
	(void)close(fd); /* nothing can be done about a failure */
	return e;
}

enum err listener_new(struct net_loop *net, const struct listener_config *config,
		      struct listener **ret_listener)
{
	struct listener *l;
	enum err e = config->is_joining || config->addr.port == 0 ? OK : probe(&config->addr);
	int fd;

	if (e)
		return e;
	fd = bound_socket(&config->addr, true);
	if (fd < 0)
		return listen_error(errno);
	l = mem_zalloc(1, sizeof(*l));
	l->net = net;
	l->config = *config;
	l->watch = (struct watch){ .fd = fd, .events = EPOLLIN, .fn = on_listener };
	l->pause.fn = on_pause_over;
	list_init(&l->waits);
	e = listen(fd, LISTENER_BACKLOG) < 0 ? listen_error(errno)
					     : loop_watch(net->loop, &l->watch);
	if (e) {
		(void)close(fd); /* the first error counts */
		mem_free(l);
		return e;
	}
	*ret_listener = l;
	return OK;
}

void listener_free(struct listener **listener)
{
	struct listener *l = *listener;

	*listener = NULL;
	if (!l)
		return;
	while (!list_is_empty(&l->waits))
		(void)close(end_wait(list_entry(l->waits.next, struct proxy_wait, link)));
	loop_timer_stop(l->net->loop, &l->pause);
	loop_unwatch(l->net->loop, &l->watch);
	(void)close(l->watch.fd); /* nothing can be done about a failure */
	mem_free(l);
}

struct addr listener_address(const struct listener *l)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(l->watch.fd, (struct sockaddr *)&ss, &len) < 0)
		return l->config.addr;
	return addr_from_sockaddr((const struct sockaddr *)&ss, len);
}
