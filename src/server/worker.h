/* SPDX-License-Identifier: Apache-2.0 */
/* One loop's possessions: its home, its listeners, its connections. The first worker runs on the main thread. */
#pragma once

#include "net/listener.h"
#include "net/net_loop.h"
#include "server/session/c2s.h"

#include <pthread.h>

struct server;

struct worker {
	struct server *server;
	unsigned index;
	struct loop *loop;
	struct net_loop *net;
	struct home home;
	struct c2s c2s;
	struct listener *xmpp, *xmpps;
	pthread_t thread;
	struct timer stop_timer;
	usec_t stop_at;
	struct letter stop_letter;
};

/* Opens the worker's listeners; the first one decides the ports, the others join. */
must_check enum err worker_listen(struct worker *w, struct addr *xmpp, struct addr *xmpps, struct blame *blame);

/* Starts the thread of a worker that is not the first. */
must_check enum err worker_start(struct worker *w);

/* Asks w to stop: no new connections, streams end, the loop stops when all have gone or after WORKER_STOP_USEC. Any thread. */
void worker_stop(struct worker *w);
#define WORKER_STOP_USEC (3 * USEC_PER_SEC)

/* Hands w a new configuration and certificate (a count of each). Any thread. */
void worker_reload(struct worker *w, struct conf *conf, struct tls_context *tls);
