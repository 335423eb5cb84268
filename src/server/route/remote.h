/* SPDX-License-Identifier: Apache-2.0 */
/* Other servers: domains that are neither ours nor those of services. What is for one goes to the
 * home of its domain, where all that is known of that server is kept (server/s2s). */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

struct home;

/* What a home does not know itself: the way to other servers. */
struct remote_ops {
	/* A stanza for an address of the domain, serialised, with from (ours) and to; on the home
	 * of the domain. It leaves, or its sender gets an error, unless is_quiet. Takes a count of
	 * its own if it keeps stanza. */
	void (*take)(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet);
};

/* Brings the stanza (as above; a count stays the caller's) on its way to the server of this domain,
 * or gives false where other servers are not spoken to. On h's loop. */
bool remote_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet);
