/* SPDX-License-Identifier: Apache-2.0 */
/* What all transports of one loop share, so that an idle one owns no buffers: the receive buffer,
 * the pool of the output queues, the TLS and compression scratch. One a loop; it outlives every
 * transport and listener made with it. */
#pragma once

#include "loop/loop.h"
#include "net/outq.h"

struct tls_io;
struct websocket_deflate;

enum { NET_READ_MAX = 64 * 1024 /* bytes, read from one socket in one turn */ };

struct net_loop {
	struct loop *loop;
	char *read_buf; /* NET_READ_MAX bytes; what is in it is valid during one event */
	char *scratch;  /* NET_READ_MAX bytes, made at need: unmasked websocket messages */
	struct outq_pool outq_pool;
	struct tls_io *tls_io;             /* made by the first TLS connection */
	struct websocket_deflate *deflate; /* made by the first compressed message */
	struct list later;                 /* of struct task */
	struct timer later_timer;
};

struct net_loop *net_loop_new(struct loop *loop) __attribute__((returns_nonnull));
void net_loop_free(struct net_loop **net);

/* Like loop_task, but in the next turn: for what asks for more of itself, so that one fast reader
 * does not keep the turn from ending. */
void net_loop_later(struct net_loop *net, struct task *task);

/* NET_READ_MAX bytes; what is in it is valid during one event. */
char *net_loop_scratch(struct net_loop *net) __attribute__((returns_nonnull));
