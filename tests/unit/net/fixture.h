/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this floor share: a loop, pairs of connected transports on it, and an owner
 * that writes down what it hears. */
#pragma once

#include "support/unit.h"

#include "base/mem.h"
#include "base/sbuf.h"
#include "net/tcp.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_USEC (5 * USEC_PER_SEC)

enum { ROOMY = 64 * 1024 * 1024 /* bytes: no limit that a test meets */ };

/* The owner of a transport. */
struct owner {
	struct transport *t;
	struct sbuf in;
	size_t messages; /* on_data calls */
	unsigned ready, drained;
	bool is_ended;
	enum transport_end why;
	bool frees_on_data, frees_on_ready, frees_on_end;
	size_t wanted; /* bytes: has_wanted is set when in has as many */
	bool has_wanted;
	bool is_ready;
};

static inline void owner_on_data(void *arg, struct str data)
{
	struct owner *o = arg;

	assert_false(o->is_ended);
	assert_int_equal(sbuf_add(&o->in, data), OK);
	o->messages++;
	o->has_wanted = o->in.len >= o->wanted;
	if (o->frees_on_data)
		transport_free(&o->t);
}

static inline void owner_on_ready(void *arg)
{
	struct owner *o = arg;

	o->ready++;
	o->is_ready = true;
	if (o->frees_on_ready)
		transport_free(&o->t);
}

static inline void owner_on_end(void *arg, enum transport_end why)
{
	struct owner *o = arg;

	assert_false(o->is_ended);
	o->is_ended = true;
	o->why = why;
	if (o->frees_on_end)
		transport_free(&o->t);
}

static inline void owner_on_drained(void *arg)
{
	((struct owner *)arg)->drained++;
}

static const struct transport_events owner_events = {
	.on_data = owner_on_data,
	.on_ready = owner_on_ready,
	.on_end = owner_on_end,
	.on_drained = owner_on_drained,
};

static inline void owner_take(struct owner *o, struct transport *t)
{
	o->t = t;
	if (o->in.limit == 0)
		o->in = SBUF(ROOMY);
	transport_own(t, &owner_events, o);
}

static inline void owner_done(struct owner *o)
{
	transport_free(&o->t);
	sbuf_done(&o->in);
}

static inline void send_str(struct transport *t, struct str s)
{
	struct bytes *b = bytes_new(s);

	transport_send(t, b);
	(void)bytes_unref(b); /* the transport has its own count */
}

/* A loop with its shared things. */
struct net_fixture {
	struct loop *loop;
	struct net_loop *net;
};

static inline void net_fixture_init(struct net_fixture *f)
{
	assert_int_equal(loop_new(0, &f->loop), OK);
	f->net = net_loop_new(f->loop);
}

static inline void net_fixture_done(struct net_fixture *f)
{
	net_loop_free(&f->net);
	loop_free(&f->loop);
}

/* Runs the loop until *flag. */
static inline void wait_for(struct net_fixture *f, const bool *flag)
{
	loop_run_until(f->loop, flag, PATIENCE_USEC);
	assert_true(*flag);
}

/* Runs the loop for a while, for what must not happen. */
static inline void wait_msec(struct net_fixture *f, int msec)
{
	bool never = false;

	loop_run_until(f->loop, &never, msec * USEC_PER_MSEC);
}

/* Lets usec pass at once for timers, until *flag; a flag that never comes ends the program. */
static inline void jump(struct net_fixture *f, usec_t usec, const bool *flag)
{
	clock_fake(clock_now() + usec, wall_now() + usec);
	(void)alarm(20);
	loop_run_until(f->loop, flag, PATIENCE_USEC);
	(void)alarm(0);
	clock_real();
	assert_true(*flag);
}

struct passing {
	struct timer timer;
	bool is_over;
};

static inline void passing_over(struct timer *t)
{
	container_of(t, struct passing, timer)->is_over = true;
}

/* Lets usec pass at once: timers that are due by then run. */
static inline void pass(struct net_fixture *f, usec_t usec)
{
	struct passing p = { .timer = { .fn = passing_over } };
	bool is_never = false;

	loop_run_until(f->loop, &is_never, 1); /* the loop's own time is now */
	loop_timer(f->loop, &p.timer, usec);
	jump(f, usec + USEC_PER_SEC, &p.is_over);
	loop_run_until(f->loop, &is_never, 1);
}

static inline void wait_bytes(struct net_fixture *f, struct owner *o, size_t count)
{
	o->wanted = count;
	o->has_wanted = o->in.len >= count;
	wait_for(f, &o->has_wanted);
}

/* Two connected sockets, non-blocking. */
static inline void socket_pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
}

static inline struct transport *wrap(struct net_fixture *f, int fd, size_t output_limit)
{
	struct transport *t = NULL;

	assert_int_equal(tcp_new(f->net, fd, STR("127.0.0.1"), output_limit, &t), OK);
	return t;
}

/* Writes all of s to fd, running the loop while the peer is slow. */
static inline void write_fd(struct net_fixture *f, int fd, struct str s)
{
	for (int tries = 0; s.len; tries++) {
		ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);

		if (n > 0)
			s = str_from_at(s, (size_t)n);
		else
			wait_msec(f, 1);
		assert_true(tries < 100000);
	}
}

/* Adds what comes on fd to in, until there are at least want bytes, or the end. */
static inline void read_fd(struct net_fixture *f, int fd, struct sbuf *in, size_t want)
{
	for (int tries = 0; in->len < want && tries < 5000; tries++) {
		ssize_t n;

		assert_int_equal(sbuf_room(in, 4096), OK);
		n = recv(fd, in->ptr + in->len, 4096, 0);
		if (n == 0)
			return;
		if (n > 0)
			in->len += (size_t)n;
		else
			wait_msec(f, 1);
	}
}

/* Content that shows lost, doubled and misplaced bytes. */
static inline struct bytes *pattern(size_t len, unsigned seed)
{
	struct bytes *b = bytes_new_empty(len);
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		b->data[i] = (char)(x >> 24);
	}
	return b;
}
