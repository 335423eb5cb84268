/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket on one loop: accepts, reads PROXY headers from trusted proxies, and hands up
 * transports. */
#pragma once

#include "net/addr.h"
#include "net/net_loop.h"
#include "net/transport.h"

struct listener;

enum {
	LISTENER_ACCEPT_BUDGET = 64, /* connections accepted in one turn */
	LISTENER_BACKLOG = 1024,     /* connections that wait in the kernel */
	LISTENER_PROXY_MAX = 256,    /* connections whose PROXY header has not come */
};
#define LISTENER_PAUSE_USEC                                                                        \
	(500 * USEC_PER_MSEC)                  /* after accept failed for want of descriptors      \
						*/
#define LISTENER_PROXY_USEC (5 * USEC_PER_SEC) /* for a PROXY header to come */

struct listener_config {
	struct addr addr; /* port 0: the kernel picks one, see listener_address */
	/* More listeners, on other loops of this process, have this address already. Otherwise it
	 * must be free. */
	bool is_joining;
	const struct addr_nets *proxies; /* who may send PROXY headers (they may also not);
					    borrowed, outlives the listener */
	size_t output_limit;             /* bytes that may wait unsent in a connection */
	void *owner;
	/* Whether a connection from this client (as a trusted proxy gave it) may come in; optional.
	 * Limits stand here. */
	bool (*may_accept)(void *owner, const struct addr *client);
	/* A connection: t belongs to the callee, who calls transport_own at once. */
	void (*on_accept)(void *owner, struct transport *t, const struct addr *client);
};

/* Listens. ERR_EXISTS when the address is taken, ERR_DENIED when it is not allowed, ERR_INVALID
 * when it is not of this machine, ERR_BUSY without descriptors, ERR_IO else. */
must_check enum err listener_new(struct net_loop *net, const struct listener_config *config,
				 struct listener **ret_listener);

/* Stops listening; connections that were handed up stay. */
void listener_free(struct listener **listener);

/* Where it really listens. */
struct addr listener_address(const struct listener *l);
