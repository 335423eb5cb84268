/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: a server that does nothing but TLS and forwarding. A client says "hello N", gets "ok",
 * and from then on each of its lines "M rest" goes unchanged to client M. One thread, epoll,
 * OpenSSL; ends on SIGTERM. */
#include "wire.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLIENTS_MAX 20000
#define TURN_EVENTS 512

struct relay;

struct client {
	struct relay *relay;
	struct client *next_dirty;
	uint64_t number; /* as "hello" said; CLIENTS_MAX: not said yet */
	bool is_dirty;   /* in the list of those to be flushed this turn */
	bool is_dead;    /* to be freed at the end of the turn */
	struct wire wire;
};

struct relay {
	int epfd, listener;
	SSL_CTX *ctx;
	struct client *dirty;
	unsigned count;
	struct client *clients[CLIENTS_MAX];
};

static volatile sig_atomic_t is_stopped;

static void on_signal(int number unused_arg)
{
	is_stopped = 1;
}

static void mark(struct client *c)
{
	if (c->is_dirty)
		return;
	c->is_dirty = true;
	c->next_dirty = c->relay->dirty;
	c->relay->dirty = c;
}

static enum err greet(struct client *c, struct str line)
{
	uint64_t number;
	enum err e;

	if (!str_starts(line, STR("hello ")))
		return ERR_INVALID;
	e = str_to_u64(str_trim(str_from_at(line, 6)), &number);
	if (e)
		return e;
	if (number >= CLIENTS_MAX || c->relay->clients[number])
		return ERR_EXISTS;
	c->number = number;
	c->relay->clients[number] = c;
	mark(c);
	return sbuf_lit(&c->wire.out, "ok\n");
}

static enum err forward(struct client *c, struct str line)
{
	struct str rest = line, head;
	struct client *to;
	uint64_t number;
	enum err e;

	if (c->number == CLIENTS_MAX)
		return greet(c, line);
	if (!str_split(&rest, ' ', &head))
		return ERR_INVALID;
	e = str_to_u64(head, &number);
	if (e)
		return e;
	to = number < CLIENTS_MAX ? c->relay->clients[number] : NULL;
	if (!to)
		return OK; /* nobody there: dropped, as a wire would */
	mark(to);
	return sbuf_add(&to->wire.out, line);
}

static enum err eat_lines(void *arg, struct str data, size_t *ret_eaten)
{
	size_t at = 0;

	for (;;) {
		struct str rest = str_from_at(data, at);
		ptrdiff_t end = str_index(rest, '\n');
		enum err e;

		if (end < 0)
			break;
		e = forward(arg, str_sub(rest, 0, (size_t)end + 1));
		if (e)
			return e;
		at += (size_t)end + 1;
	}
	*ret_eaten = at;
	return OK;
}

static void accept_all(struct relay *r)
{
	int fd, one = 1;

	while (r->count < CLIENTS_MAX &&
	       (fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct client *c = mem_zalloc(1, sizeof(*c));

		c->relay = r;
		c->number = CLIENTS_MAX;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				 sizeof(one)); /* only slower without */
		if (wire_open(&c->wire, fd, r->epfd, c) || wire_secure(&c->wire, r->ctx, true)) {
			wire_done(&c->wire);
			mem_free(c);
			continue;
		}
		r->count++;
	}
}

static enum err serve(struct client *c)
{
	enum err e;

	if (!c->wire.is_secure) {
		e = wire_shake(&c->wire);
		if (e)
			return e == ERR_AGAIN ? OK : e;
	}
	return wire_pull(&c->wire, eat_lines, c);
}

/* Once a turn: writes what the turn has made, and lets those go that have ended. */
static void flush_dirty(struct relay *r)
{
	while (r->dirty) {
		struct client *c = r->dirty;

		r->dirty = c->next_dirty;
		c->is_dirty = false;
		if (!c->is_dead && wire_flush(&c->wire) == OK &&
		    wire_watch(&c->wire, r->epfd, c) == OK)
			continue;
		if (c->number < CLIENTS_MAX)
			r->clients[c->number] = NULL;
		wire_done(&c->wire);
		mem_free(c);
		r->count--;
	}
}

static void turn(struct relay *r)
{
	struct epoll_event events[TURN_EVENTS];
	int n = epoll_wait(r->epfd, events, TURN_EVENTS, -1);

	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;

		if (!c) {
			accept_all(r);
			continue;
		}
		if (serve(c))
			c->is_dead = true;
		if (c->is_dead || c->wire.out.len || (c->wire.events & EPOLLOUT))
			mark(c);
	}
	flush_dirty(r);
}

static int listen_at(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr *generic = (struct sockaddr *)(void *)&addr;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, generic, sizeof(addr)) != 0 || listen(fd, 4096) != 0) {
		perror("relay: listen");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
	struct sigaction stop = { .sa_handler = on_signal };
	struct relay *r = mem_zalloc(1, sizeof(*r));

	if (argc != 4) {
		(void)fprintf(stderr, "usage: relay PORT CERTIFICATE.pem KEY.pem\n");
		return 2;
	}
	r->ctx = wire_context(argv[2], argv[3]);
	r->epfd = epoll_create1(EPOLL_CLOEXEC);
	r->listener = listen_at((int)strtol(argv[1], NULL, 10));
	if (!r->ctx || r->epfd < 0 || epoll_ctl(r->epfd, EPOLL_CTL_ADD, r->listener, &ev) != 0) {
		(void)fprintf(stderr, "relay: certificate, key or epoll do not work\n");
		return 1;
	}
	(void)sigaction(SIGTERM, &stop, NULL); /* valid signals */
	(void)sigaction(SIGINT, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)puts("ready"); /* whoever waits for it reads a pipe */
	(void)fflush(stdout);
	while (!is_stopped)
		turn(r);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (r->clients[i])
			wire_done(&r->clients[i]->wire);
		mem_free(r->clients[i]);
	}
	SSL_CTX_free(r->ctx);
	(void)close(r->listener); /* ends anyway */
	(void)close(r->epfd);
	mem_free(r);
	return 0;
}
