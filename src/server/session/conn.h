/* SPDX-License-Identifier: Apache-2.0 */
/* A client connection, for the files that make up its way: c2s.c (stream and state), auth.c (SASL),
 * offer.c (stream features), register.c (XEP-0077). */
#pragma once

#include "net/addr.h"
#include "net/tls.h"
#include "server/model/throttle.h"
#include "server/session/binding.h"
#include "stream/stream.h"

enum { C2S_LOGIN_BYTES = 10000 /* largest element before login: XMPP.md 5, row 4 */ };

struct auth;
struct enrol_pass;

/* What the connections of one loop share. The first block is filled by the worker. */
struct c2s {
	struct net_loop *net;
	struct home *home; /* of the same loop: conf, store, pool, domain */
	struct tls_context *tls;
	struct throttle *throttle;       /* shared by all loops */
	const struct addr_nets *trusted; /* addresses that are never throttled */
	struct str server_secret;        /* see scram_fake_verifier */

	const struct link_conn_ops *conn_ops; /* set by c2s_init */
	struct list conns;
	size_t count;
	bool is_stopping;
};

enum conn_state {
	CONN_TLS,    /* TLS handshake */
	CONN_LOGIN,  /* stream open or not; not authenticated */
	CONN_BUSY,   /* something is being looked up: what comes meanwhile waits in the kernel */
	CONN_AUTHED, /* authenticated, not bound */
	CONN_BOUND,  /* texts go to the session */
	CONN_ENDING, /* closed by us, waits for the transport to end */
	CONN_DEAD,   /* freed at the end of the turn */
};

struct conn {
	struct list link; /* in c2s->conns */
	struct c2s *c2s;
	struct transport *transport;
	struct stream stream;
	enum conn_state state, state_before; /* before BUSY */
	struct link *session;
	struct xml_limits bound_limits;    /* of the stream behind login */
	struct auth *auth;                 /* while an exchange is under way */
	void (*drop_auth)(struct conn *c); /* frees auth, now or when what it waits for is back;
					      NULL: there was none */
	struct str bare;                   /* owned: authenticated account */
	struct enrol_pass *pass; /* owned: the invitation that was shown (XEP-0445), or NULL */
	char *bind_id;           /* owned: id of a classic bind under way, or NULL */
	struct addr client;
	usec_t begun; /* accepted; by the clock, which is one for all loops */
	struct timer deadline;
	struct task reaper;
	struct task reader;
	unsigned failures; /* of logins */
	unsigned pins;     /* callbacks under way */
	bool is_websocket;
	bool may_be_plain;    /* login without TLS is allowed */
	bool is_bound_inline; /* XEP-0386: no bind feature any more */
	bool has_sm;     /* turned on with it: not offered again (COMPAT(xmpp.js 0.14): it would ask
			    again) */
	bool is_binding; /* the link's answer is awaited */
	char stream_id[17];
};

/* Ends with a stream error, or in order. The connection is gone for its caller: return false from
 * stream events. */
bool conn_fail(struct conn *c, enum stream_condition why, struct str text);
bool conn_close(struct conn *c);

/* Between these nothing is read; c stays in memory. conn_resume gives false when c is dead or
 * ending meanwhile; after it, what came in between is used by conn_read_on, the last thing that its
 * caller does. */
void conn_wait(struct conn *c);
bool conn_resume(struct conn *c);
void conn_read_on(struct conn *c);

/* Sends an element. */
void conn_send(struct conn *c, const struct xml *el);

/* Authenticated as bare: sets it and the state. */
void conn_authenticated(struct conn *c, struct str bare);

/* Asks the home for a session; conn hears the answer. */
void conn_bind(struct conn *c, const struct bind_request *request);

/* Whether it counts for limits at all. */
bool conn_is_trusted(const struct conn *c);

/* What is counted of the client's address (addr_network). A view into buf. */
struct str conn_counted_address(const struct conn *c, char buf[ADDR_TEXT_MAX]);

/* A connection that is accepted, with its timers and its place in c2s. The caller sets the state
 * and begins the stream. */
struct conn *conn_new(struct c2s *c2s, struct transport *t, const struct addr *client);

/* The transport has ended: everything goes, c itself at the end of the turn. */
void conn_die(struct conn *c, bool is_in_order);

/* Ends a login exchange that is under way. */
void conn_drop_auth(struct conn *c);
