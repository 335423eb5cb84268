/* SPDX-License-Identifier: Apache-2.0 */
/* A session: one bound resource and what serves it (RFC 6120 7, XEP-0198, XEP-0352). Lives with its
 * user's entity, whether or not a connection is attached. On the home's loop. */
#pragma once

#include "server/route/router.h"
#include "server/session/csi.h"
#include "server/session/link.h"
#include "server/session/sm.h"

struct session;

/* Takes an element that is no stanza, in its place among them. */
typedef void session_nonza_fn(struct session *s, struct dispatch *d, const struct xml *el);

struct session {
	struct resource res;
	struct link *link; /* NULL while detached */
	session_nonza_fn *on_nonza;
	struct sm sm;
	struct csi csi;
	struct timer expiry;     /* of a detached session */
	struct timer patience;   /* while is_paused */
	struct str agent_id;     /* owned; empty: none */
	struct str peer;         /* owned: address of the last connection */
	struct str lang;         /* owned: of its stream; empty: none */
	struct xml_scope *scope; /* owned: of its stream, or NULL */
	usec_t wall_begun;
	usec_t conn_begun;   /* when its last connection was accepted */
	size_t output_limit; /* bytes in the ring of sm */
	size_t queue_limit;  /* stanzas in it */
	bool is_framed, is_secure;
	bool is_paused; /* the connection was told to stop reading */
	bool is_ending;
	bool is_detached;      /* waits for its client to come back */
	uint32_t stanza_limit; /* bytes */
};

extern const struct conf_table session_conf_table;

/* Binds a new session of e to l. jid: full. Runs the features' on_open. */
struct session *session_new(struct entity *e, struct link *l, struct jid jid,
			    const struct bind_request *request, session_nonza_fn *on_nonza);

/* Ends it: unavailable presence goes out, the stream is closed with the error (is_error) or in
 * order, s is freed. */
void session_end(struct session *s, bool is_error, enum stream_condition c, struct str text);

/* Another connection is going to take it over: the old one ends, so that nothing more is counted
 * before session_resume. */
void session_await_resume(struct session *s);

/* Another connection takes it over (XEP-0198 5): h is what that client has handled; of request,
 * what it says of the stream. answer is called before what is sent again. ERR_INVALID: h is
 * impossible; nothing was done. */
must_check enum err session_resume(struct session *s, struct link *l,
				   const struct bind_request *request, uint32_t h,
				   void (*answer)(struct session *s, void *arg), void *arg);

/* The entity's session with this resumption token, or with this user-agent id, but not except; or
 * NULL. */
struct session *session_by_token(const struct entity *e, struct str token);
struct session *session_by_agent(const struct entity *e, struct str agent_id,
				 const struct session *except);

/* What a connection's link calls: binding.c adds on_request. */
void session_on_text(void *session, struct str text, usec_t received);
void session_on_gone(void *session, bool is_in_order);

/* The session of a resource; r->ops must be a session's. */
struct session *session_of(struct resource *r);

/* Sends a nonza past what is held back, if a connection is attached. */
void session_send_now(struct session *s, struct str text);

/* For sm_ack and csi_flush: a stored message has reached the client; a stanza is sent and, if that
 * is on, kept until it is acknowledged. */
void session_delivered(void *session, int64_t seq);
void session_push(void *session, struct bytes *bytes, int64_t seq);
