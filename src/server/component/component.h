/* SPDX-License-Identifier: Apache-2.0 */
/* External components (XEP-0114) at the home of their domain: which are connected, and what is sent
 * to them. A component's connection may be on another loop, see component_conn.h and plug.h. On the
 * loop of the home. */
#pragma once

#include "base/clock.h"
#include "server/component/plug.h"
#include "server/route/service.h"

extern const struct service_ops component_ops;
extern const struct plug_home_ops component_plug_ops;

enum { COMPONENT_STANZA_COST = 256 /* bytes that a waiting stanza counts beside its text */ };

/* One that is connected. */
struct component {
	struct components *all;
	struct plug *plug;
	const char *domain; /* owned */
	size_t unsent;      /* bytes sent to the connection that have not left it */
	usec_t wall_since;
};

/* The components of one home; home->service_owner. */
struct components {
	struct home *home;
	struct map connected; /* domain -> struct component */
};

void components_init(struct components *all, struct home *home);

/* Takes a new table (a count of it): ends the streams of those that are not in it any more, or have
 * another secret or other rights. */
void components_reload(struct components *all, struct services *services);

/* The component of this domain if it is connected, else NULL. */
const struct component *component_find(const struct components *all, struct str domain);
