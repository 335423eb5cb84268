/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: the peer itself, or the client that a trusted proxy names by Forwarded (RFC 7239) or
 * X-Forwarded-For. Pure; any thread. */
#pragma once

#include "net/addr.h"
#include "net/http_head.h"

struct http_client {
	struct addr addr;
	bool is_forwarded; /* a trusted proxy named it */
	bool is_secure;    /* the proxy says that the client came by https */
};

/* Gives 0, or 400: a forwarding field from an address that is not among proxies, one that cannot be
 * read, or both kinds at once. Of a chain, the last address that is not itself a trusted proxy is
 * the client. */
unsigned http_forward_client(const struct http_head *head, const struct addr *peer,
			     const struct addr_nets *proxies, struct http_client *ret_client);
