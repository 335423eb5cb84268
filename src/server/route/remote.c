/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a stanza to the home of another server's domain; see remote.h. */
#include "server/route/remote.h"

#include "server/route/home.h"
#include "server/route/transit.h"

bool remote_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet)
{
	if (!h->remote_ops)
		return false;
	transit_post(h, domain, stanza, is_quiet, h->remote_ops->take);
	return true;
}
