/* SPDX-License-Identifier: Apache-2.0 */
/* Client connections (RFC 6120): from the first byte to a bound session, and the bytes between transport and session after that. A
 * connection stays on the loop that accepted it. */
#pragma once

#include "net/addr.h"
#include "net/tls.h"
#include "server/session/binding.h"
#include "server/session/throttle.h"
#include "xml/scan.h"

extern const struct conf_table c2s_conf_table;

enum { C2S_LOGIN_BYTES = 10000 /* largest element before login: XMPP.md 5, row 4 */ };

/* What the connections of one loop share. The first block is filled by the worker. */
struct c2s {
	struct net_loop *net;
	struct home *home; /* of the same loop: conf, store, pool, domain */
	struct tls_context *tls;
	struct throttle *throttle;      /* shared by all loops */
	const struct addr_nets *trusted; /* addresses that are never throttled */
	struct str server_secret;       /* see scram_fake_verifier */

	struct list conns;
	struct xml_limits bound_limits; /* of streams behind login */
	size_t count;
	bool is_stopping;
};

void c2s_init(struct c2s *c);

/* A client has come: t is an accepted transport. is_direct: TLS begins with the first byte. */
void c2s_accept(struct c2s *c, struct transport *t, const struct addr *client, bool is_direct);

/* The same for one that is ready to carry a stream: a websocket. may_be_plain: login is allowed without TLS (loopback). */
void c2s_accept_ready(struct c2s *c, struct transport *t, const struct addr *client, bool may_be_plain);

/* Ends all streams with system-shutdown; count goes to 0. */
void c2s_stop(struct c2s *c);
