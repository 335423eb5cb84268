/* SPDX-License-Identifier: Apache-2.0 */
/* /i/TOKEN and /reset/TOKEN: pages that make an account by invitation, and set a new password by a
 * link of the administrator's. On the loop. */
#pragma once

#include "server/http/route.h"

struct home;

/* What the routes below are given as owner; not owned. */
struct join {
	struct home *home;
	const struct addr_nets *trusted; /* addresses that are never throttled */
	char *csp;                       /* owned */
	bool has_client;                 /* the web client is there, too */
};

void join_init(struct join *j, struct home *home, const struct addr_nets *trusted);
void join_done(struct join *j);

extern const struct http_route join_routes[];
extern const size_t join_route_count;
