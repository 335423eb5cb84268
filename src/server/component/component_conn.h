/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of external components (XEP-0114, jabber:component:accept): stream, handshake, and
 * the stanzas that come from a component. A connection stays on the loop that accepted it. */
#pragma once

#include "net/addr.h"
#include "net/transport.h"
#include "server/component/component.h"
#include "server/model/throttle.h"

extern const struct conf_table component_conf_table;

/* What the connections of one loop share; the first block is filled by the worker. */
struct component_conns {
	struct components *components;   /* of the same loop */
	struct throttle *throttle;       /* shared by all loops */
	const struct addr_nets *trusted; /* addresses that are never throttled */

	struct list list;
	size_t count;
	bool is_stopping;
};

enum {
	COMPONENT_CONNS_MAX = 512,     /* on one loop, those that have not shown who they are
					  included */
	COMPONENT_FENCE_STANZAS = 512, /* so many may be on their way to other loops ... */
	COMPONENT_FENCE_BYTES = 4 * 1024 * 1024, /* ... and so many bytes, before nothing more is
						    read until they have arrived */
};

void component_conns_init(struct component_conns *all);

/* A connection has come: t is an accepted transport. is_tls: over it TLS was put at once. */
void component_conns_accept(struct component_conns *all, struct transport *t,
			    const struct addr *client, bool is_tls);

/* Ends all streams with system-shutdown; count goes to 0. */
void component_conns_stop(struct component_conns *all);

/* Unsent bytes that the transport of a component must be able to hold. */
size_t component_output_limit(const struct conf *conf);
