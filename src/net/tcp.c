/* SPDX-License-Identifier: Apache-2.0 */
/* TCP transport, see tcp.h. Reads once a turn into the loop's buffer, writes at the end of the
 * turn. */
#include "net/tcp.h"

#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { WRITE_PARTS_MAX = 64 };

struct lingering {
	struct timer timer;
	struct tcp *tcp;
};

struct tcp {
	struct transport t;
	struct net_loop *net;
	struct watch watch;
	struct task flush;
	struct outq out;
	struct lingering *linger; /* only while closing */
	uint32_t output_limit;    /* bytes */
	bool is_connecting : 1;
	bool is_paused : 1;
	bool is_blocked : 1; /* waits for EPOLLOUT */
	bool is_closing : 1;
	bool is_shut : 1; /* our FIN was sent */
	bool is_ended : 1;
	bool is_failing : 1; /* the flush task will report fail_why */
	bool is_draining : 1;
	bool is_busy : 1; /* inside an event: free must leave the struct */
	bool is_freed : 1;
	uint8_t fail_why;
	uint8_t peer_len;
	char peer[];
};

_Static_assert(offsetof(struct tcp, t) == 0, "a transport is its first member");

static struct tcp *tcp_of(struct transport *t)
{
	return container_of(t, struct tcp, t);
}

static const struct tcp *tcp_look(const struct transport *t)
{
	return (const struct tcp *)(const void *)t;
}

static void leave(struct tcp *c)
{
	c->is_busy = false;
	if (c->is_freed)
		mem_free(c);
}

static void watch_for(struct tcp *c)
{
	uint32_t events = 0;

	if (c->is_ended)
		return;
	if (!c->is_connecting && (!c->is_paused || c->is_closing))
		events |= EPOLLIN;
	if (c->is_blocked || c->is_connecting)
		events |= EPOLLOUT;
	loop_rewatch(c->net->loop, &c->watch, events);
}

/* Lets go of all but the descriptor and the struct. */
static void stop(struct tcp *c)
{
	if (c->is_ended)
		return;
	c->is_ended = true;
	loop_unwatch(c->net->loop, &c->watch);
	list_remove(&c->flush.link);
	outq_clear(&c->out, &c->net->outq_pool);
	if (c->linger) {
		loop_timer_stop(c->net->loop, &c->linger->timer);
		mem_free(c->linger);
		c->linger = NULL;
	}
}

static void end(struct tcp *c, enum transport_end why)
{
	if (c->is_ended)
		return;
	stop(c);
	c->t.events->on_end(c->t.owner, why);
}

/* Ends later in this turn: the owner is in the middle of a call to us. */
static void fail_soon(struct tcp *c, enum transport_end why)
{
	if (c->is_failing)
		return;
	c->is_failing = true;
	c->fail_why = (uint8_t)why;
	list_remove(&c->flush.link); /* it may stand among those of the next turn */
	loop_task(c->net->loop, &c->flush);
}

static void drained(struct tcp *c)
{
	if (c->is_closing) {
		if (!c->is_shut && shutdown(c->watch.fd, SHUT_WR) < 0)
			end(c, TRANSPORT_CLOSED);
		c->is_shut = true;
		return;
	}
	if (!c->t.events->on_drained)
		return;
	c->is_draining = true;
	c->t.events->on_drained(c->t.owner);
	c->is_draining = false;
}

static void flush(struct tcp *c)
{
	struct iovec iov[WRITE_PARTS_MAX];

	while (c->out.unsent) {
		size_t total;
		unsigned count = outq_parts(&c->out, iov, WRITE_PARTS_MAX, &total);
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };
		ssize_t n = sendmsg(c->watch.fd, &msg, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			end(c, TRANSPORT_BROKEN);
			return;
		}
		if (n > 0)
			outq_drop(&c->out, &c->net->outq_pool, (size_t)n);
		c->is_blocked = n < 0 || (size_t)n < total;
		if (c->is_blocked) {
			watch_for(c);
			return;
		}
	}
	c->is_blocked = false;
	watch_for(c);
	drained(c);
}

static void on_flush(struct task *task)
{
	struct tcp *c = container_of(task, struct tcp, flush);

	c->is_busy = true;
	if (c->is_failing)
		end(c, (enum transport_end)c->fail_why);
	else if (!c->is_connecting && !c->is_blocked)
		flush(c);
	leave(c);
}

static void receive(struct tcp *c)
{
	ssize_t n;

	if (c->is_paused && !c->is_closing) { /* asked for nothing: only an error comes here */
		end(c, TRANSPORT_BROKEN);
		return;
	}
	n = recv(c->watch.fd, c->net->read_buf, NET_READ_MAX, 0);
	if (n > 0) {
		if (!c->is_closing)
			c->t.events->on_data(c->t.owner, str_make(c->net->read_buf, (size_t)n));
	} else if (n == 0) {
		end(c, TRANSPORT_CLOSED);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		end(c, TRANSPORT_BROKEN);
	}
}

static void connected(struct tcp *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error) {
		end(c, TRANSPORT_BROKEN);
		return;
	}
	c->is_connecting = false;
	watch_for(c);
	if (c->out.unsent || c->is_closing)
		loop_task(c->net->loop, &c->flush);
	if (c->t.events->on_ready && !c->is_closing)
		c->t.events->on_ready(c->t.owner);
}

static void on_watch(struct watch *w, uint32_t events)
{
	struct tcp *c = container_of(w, struct tcp, watch);

	c->is_busy = true;
	if (c->is_connecting) {
		connected(c);
	} else {
		if (events & EPOLLOUT)
			flush(c);
		if (!c->is_ended && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
			receive(c);
	}
	leave(c);
}

static void ask_flush(struct tcp *c)
{
	if (c->is_connecting || c->is_blocked)
		return;
	if (c->is_draining)
		net_loop_later(c->net, &c->flush);
	else
		loop_task(c->net->loop, &c->flush);
}

static void tcp_send(struct transport *t, struct bytes *data)
{
	struct tcp *c = tcp_of(t);

	if (c->is_ended || c->is_closing || c->is_failing)
		return;
	if (outq_push(&c->out, &c->net->outq_pool, data, c->output_limit)) {
		fail_soon(c, TRANSPORT_OVERFLOW);
		return;
	}
	ask_flush(c);
}

static void tcp_write(struct transport *t, struct str data)
{
	struct tcp *c = tcp_of(t);
	struct bytes *rest;
	ssize_t n = 0;

	if (c->is_ended || c->is_closing || c->is_failing || str_is_empty(data))
		return;
	if (!c->out.unsent && !c->is_connecting) {
		n = send(c->watch.fd, data.ptr, data.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
			fail_soon(c, TRANSPORT_BROKEN);
			return;
		}
		n = n < 0 ? 0 : n;
		if ((size_t)n == data.len)
			return;
		c->is_blocked = true;
		watch_for(c);
	}
	rest = bytes_new(str_from_at(data, (size_t)n));
	must(outq_push(&c->out, &c->net->outq_pool, rest, SIZE_MAX) == OK);
	(void)bytes_unref(rest); /* the queue holds it */
	ask_flush(c);
}

static void tcp_pause(struct transport *t, bool is_paused)
{
	struct tcp *c = tcp_of(t);

	c->is_paused = is_paused;
	watch_for(c);
}

static void on_linger(struct timer *timer)
{
	struct tcp *c = container_of(timer, struct lingering, timer)->tcp;

	c->is_busy = true;
	end(c, c->out.unsent ? TRANSPORT_BROKEN : TRANSPORT_CLOSED);
	leave(c);
}

static void tcp_close(struct transport *t)
{
	struct tcp *c = tcp_of(t);

	if (c->is_ended || c->is_closing)
		return;
	c->is_closing = true;
	c->linger = mem_zalloc(1, sizeof(*c->linger));
	c->linger->timer.fn = on_linger;
	c->linger->tcp = c;
	loop_timer(c->net->loop, &c->linger->timer, CLOSE_LINGER_USEC);
	watch_for(c);
	ask_flush(c);
}

static void tcp_free(struct transport *t)
{
	struct tcp *c = tcp_of(t);

	stop(c);
	(void)close(c->watch.fd); /* nothing can be done about a failure */
	if (c->is_busy)
		c->is_freed = true;
	else
		mem_free(c);
}

static size_t tcp_unsent(const struct transport *t)
{
	return tcp_look(t)->out.unsent;
}

static bool tcp_no(const struct transport *t)
{
	(void)t;
	return false;
}

static size_t tcp_binding(const struct transport *t, enum channel_binding kind, uint8_t *buf)
{
	(void)t;
	(void)kind;
	(void)buf;
	return 0;
}

static struct str tcp_peer(const struct transport *t)
{
	const struct tcp *c = tcp_look(t);

	return str_make(c->peer, c->peer_len);
}

static const struct transport_ops tcp_ops = {
	.send = tcp_send,
	.write = tcp_write,
	.pause = tcp_pause,
	.close = tcp_close,
	.free = tcp_free,
	.unsent = tcp_unsent,
	.is_secure = tcp_no,
	.is_framed = tcp_no,
	.binding = tcp_binding,
	.peer_name = tcp_peer,
};

static enum err make(struct net_loop *net, int fd, struct str peer, size_t output_limit,
		     bool is_connecting, struct transport **ret_t)
{
	size_t peer_len = peer.len > UINT8_MAX ? UINT8_MAX : peer.len;
	struct tcp *c = mem_alloc(sizeof(*c) + peer_len);
	int yes = 1;

	memset(c, 0, sizeof(*c));
	c->t.ops = &tcp_ops;
	c->net = net;
	c->watch = (struct watch){ .fd = fd,
				   .events = is_connecting ? EPOLLOUT : EPOLLIN,
				   .fn = on_watch };
	list_init(&c->flush.link);
	c->flush.fn = on_flush;
	c->output_limit = output_limit > UINT32_MAX ? UINT32_MAX : (uint32_t)output_limit;
	c->is_connecting = is_connecting;
	c->peer_len = (uint8_t)peer_len;
	if (peer_len)
		memcpy(c->peer, peer.ptr, peer_len);
	/* We batch by ourselves; a socket that is no TCP (tests) has no such option. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (loop_watch(net->loop, &c->watch)) {
		(void)close(fd); /* nothing can be done about a failure */
		mem_free(c);
		return ERR_BUSY;
	}
	*ret_t = &c->t;
	return OK;
}

enum err tcp_new(struct net_loop *net, int take_fd, struct str peer, size_t output_limit,
		 struct transport **ret_t)
{
	return make(net, take_fd, peer, output_limit, false, ret_t);
}

enum err tcp_connect(struct net_loop *net, const struct addr *to, size_t output_limit,
		     struct transport **ret_t)
{
	char text[ADDR_TEXT_MAX];
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_from_errno(errno);
	if (connect(fd, (const struct sockaddr *)&ss, len) < 0 && errno != EINPROGRESS) {
		(void)close(fd); /* the error of connect counts */
		return ERR_IO;
	}
	return make(net, fd, addr_format_ip(to, text), output_limit, true, ret_t);
}

void tcp_set_patience(struct transport *t, usec_t patience)
{
	unsigned msec = (unsigned)(patience / USEC_PER_MSEC);

	if (t->ops == &tcp_ops)
		(void)setsockopt(container_of(t, struct tcp, t)->watch.fd, IPPROTO_TCP,
				 TCP_USER_TIMEOUT, &msec, sizeof(msec)); /* or as usual */
}
