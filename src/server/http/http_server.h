/* SPDX-License-Identifier: Apache-2.0 */
/* The web side of one loop: the http, https and metrics listeners hand their connections here.
 * Routes come from a table; what the floors above serve (WebSocket, files) they add themselves. On
 * the loop. */
#pragma once

#include "server/http/join.h"
#include "server/http/route.h"
#include "server/http/site.h"

struct tls_challenges;
struct http_server;

/* What a connection may ask for, by the listener that took it. */
enum http_door {
	HTTP_DOOR_ALL,      /* https, and http on a loopback address */
	HTTP_DOOR_REDIRECT, /* http elsewhere: only challenges, and the way to https; all, if a
			       trusted proxy says that the client came by https */
	HTTP_DOOR_METRICS,  /* /metrics and nothing else */
};

struct http_server_config {
	const struct addr_nets *proxies; /* borrowed */
	const struct http_route *routes; /* of the floors above; borrowed; go before our own */
	size_t route_count;
	void *route_owner;                 /* first argument of what they run */
	struct home *home;                 /* for the pages of invitations; NULL: there are none */
	struct tls_challenges *challenges; /* shown at every door but that of metrics; NULL: none */
	const struct addr_nets *trusted;   /* addresses that are never throttled; borrowed */
	void *owner;                       /* first argument of the function below */
	/* GET /xmpp-websocket with Upgrade, from an origin that may: looks at the rest and takes
	 * the transport, or refuses. NULL: there is none. */
	void (*on_websocket)(void *owner, struct http_conn *conn,
			     const struct http_request *request);
};

/* Takes a count of site. config is copied. */
struct http_server *http_server_new(struct net_loop *net, const struct http_server_config *config,
				    struct site *site) __attribute__((returns_nonnull));

/* Ends all its connections at once; those taken for a WebSocket stay. */
void http_server_free(struct http_server **server);

/* After a reload: what is asked from now on is answered by site (a count is taken). */
void http_server_set_site(struct http_server *server, struct site *site);

/* Which door a listener has. */
enum http_door http_server_door(const struct addr *listens_on, bool is_tls);

/* Serves take_t, which belongs to the server now. */
void http_server_serve(struct http_server *server, enum http_door door, struct transport *take_t,
		       const struct addr *client);

/* From now on idle connections are closed, the others after their answer. */
void http_server_drain(struct http_server *server);
