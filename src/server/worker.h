/* SPDX-License-Identifier: Apache-2.0 */
/* One loop's possessions: its home, its listeners, its connections. The first worker runs on the
 * main thread. */
#pragma once

#include "net/listener.h"
#include "net/net_loop.h"
#include "server/component/component_conn.h"
#include "server/http/http_server.h"
#include "server/s2s/s2s.h"
#include "server/session/c2s.h"
#include "server/upload/web.h"

#include <pthread.h>

struct tls_challenges;

enum listen_kind {
	LISTEN_XMPP,
	LISTEN_XMPPS,
	LISTEN_HTTP,
	LISTEN_HTTPS,
	LISTEN_METRICS,
	LISTEN_SERVER,
	LISTEN_SERVER_TLS,
	LISTEN_COMPONENT,
	LISTEN_COMPONENT_TLS,
	LISTEN_ACME,
	LISTEN_KINDS
};

/* The configuration key of a kind, and its name in the ready line. */
const char *listen_key(enum listen_kind kind);
const char *listen_name(enum listen_kind kind);

struct federation;

struct worker {
	unsigned index;
	struct loop *loop;
	struct net_loop *net;
	struct home home;
	struct c2s c2s;
	struct components components;
	struct component_conns component_conns;
	struct s2s s2s;
	struct http_server *http;
	struct upload_web uploads;
	const struct addr_nets *proxies;   /* borrowed */
	struct tls_challenges *challenges; /* the same */
	struct addr addrs[LISTEN_KINDS];   /* where it listens */
	struct listener *listeners[LISTEN_KINDS];
	pthread_t thread;
	struct timer stop_timer;
	usec_t stop_at;
	bool is_saved; /* home_stop was called */
	struct letter farewell_letter, stop_letter;
	struct workers_end *end;
};

/* Makes the web side; http_site gets a count. */
void worker_serve_http(struct worker *w, struct site *http_site);

/* Opens the worker's listeners at addrs, but for those that it has: the first worker decides the
 * ports (0 becomes what the kernel gave), the others join. On w's thread, or before it starts. */
must_check enum err worker_listen(struct worker *w, struct addr addrs[LISTEN_KINDS],
				  struct blame *blame);

/* Starts the thread of a worker that is not the first. */
must_check enum err worker_start(struct worker *w);

/* The common end of all workers; it must outlive them. */
struct workers_end {
	struct worker *workers;
	unsigned count;
	unsigned left; /* that have not said farewell, or passed it on; atomic */
};

/* Asks all to stop: when every one has told those that must know (home_farewell) there are no new
 * connections, streams end, and each loop stops when all of its have gone or after
 * WORKER_STOP_USEC. Any thread. */
void workers_stop(struct workers_end *end);
#define WORKER_STOP_USEC (3 * USEC_PER_SEC)

/* What a reload brings; w takes a count of each. */
struct worker_news {
	struct conf *conf;
	struct tls_context *tls;
	struct federation *federation;
	struct site *site;
	struct services *services;
	struct addr addrs[LISTEN_KINDS]; /* listeners that the first worker has opened by now */
};

/* Hands w a new certificate, for connections that come, and that are made, from now on; counts are
 * taken. Any thread. */
void worker_renew(struct worker *w, struct tls_context *tls, struct federation *federation);

/* Hands w a new configuration, and what belongs to it. Any thread. */
void worker_reload(struct worker *w, const struct worker_news *news);
