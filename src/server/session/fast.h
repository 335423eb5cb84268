/* SPDX-License-Identifier: Apache-2.0 */
/* What XEP-0484 adds to XEP-0388's elements: which mechanisms a connection may use with a token,
 * and what a client says about its token. On the connection's loop. */
#pragma once

#include "server/session/conn.h"
#include "xmpp/ht.h"

/* <fast/> and <request-token/> of an <authenticate/>. */
struct fast_request {
	bool is_used;         /* <fast/> is there: the mechanism may be one of HT */
	bool is_invalidating; /* the token is to go */
	bool wants_token;     /* a new one is asked for, of a mechanism that is offered */
	enum ht_kind wanted;
	int64_t count; /* or TOKEN_COUNT_NONE (model/token.h) */
};

/* False: an attribute is not what it may be. */
bool fast_read(const struct conn *c, const struct xml *authenticate, struct fast_request *ret_r);

/* Whether the mechanism is offered on this connection: under TLS, or over a WebSocket that may log
 * in without it (loopback), with the binding it needs. */
bool fast_is_offered(const struct conn *c, enum ht_kind kind);

/* The data of its channel binding, in the arena; empty for none. */
struct str fast_binding(const struct conn *c, struct arena *a, enum ht_kind kind);

/* Adds <fast/> to <inline/>. */
void fast_add_offer(const struct conn *c, struct arena *a, struct xml *holder);
