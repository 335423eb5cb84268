/* SPDX-License-Identifier: Apache-2.0 */
/* The bond between a connection (on the loop that accepted it) and a session (on its user's loop).
 * Calls from one end reach the other in order, directly when both are on one loop, else by letters.
 * Either end may let go at any time; the link goes when both have. */
#pragma once

#include "base/bytes.h"
#include "server/route/home.h"
#include "xmpp/condition.h"

struct link;
struct session;
struct xml_scope;

/* Bytes of texts (each counted with some for its letter) that may be under way to a home on another
 * loop: past it nothing is read. */
enum { LINK_BYTES_MAX = 1024 * 1024 };

/* What a connection asks of its user's home: once per link. */
struct bind_request {
	struct str bare;         /* authenticated user, prepared */
	struct str resource;     /* wanted; empty: the server chooses one */
	struct bytes *inline_el; /* SASL2: <authenticate/>, serialised; NULL: classic bind, or
				    <resume/> */
	struct bytes *resume_el; /* classic <resume/>; NULL */
	struct str agent_id;     /* SASL2 user-agent id; empty: none */
	bool is_framed, is_secure;
	usec_t begun; /* when the connection was accepted: tells which of a client's is newer */
	const struct xml_scope *scope; /* of the stream, if it is a special one; NULL */
	struct str lang;               /* of the stream; empty: none */
	struct str peer;               /* address, for the administrator */
};

/* What the home answers. */
enum bind_result {
	BIND_NEW,     /* a session was bound */
	BIND_RESUMED, /* an earlier session goes on */
	BIND_NONE,    /* SASL2 without anything inline: classic bind may follow */
	BIND_FAILED,  /* see condition; a resume that failed may be followed by bind */
};

struct bind_answer {
	enum bind_result result;
	enum condition condition; /* BIND_FAILED of a classic bind */
	struct str jid;           /* BIND_NEW, BIND_RESUMED: full */
	bool has_sm;              /* stream management is on already (XEP-0198) */
	struct str elements; /* serialised: children for <success/>, or the answer to <resume/> */
};

/* Functions of the connection's end; on its loop. */
struct link_conn_ops {
	void (*on_answer)(void *conn, const struct bind_answer *answer);
	void (*on_bytes)(void *conn, struct bytes *bytes);
	/* The session is over: the stream ends, with this error (or in order when is_error is
	 * false). The link's session end has let go. */
	void (*on_over)(void *conn, bool is_error, unsigned stream_condition, struct str text);
	/* The session can take no more for now, or can again. */
	void (*on_pause)(void *conn, bool is_paused);
	/* Bytes that have not left yet. */
	size_t (*unsent)(void *conn);
};

/* Functions of the session's end; on the home's loop. session is what link_attach set. */
struct link_session_ops {
	/* There is no session yet: binds or resumes, and answers with link_answer, now or later. */
	void (*on_request)(struct link *l, const struct bind_request *request);
	void (*on_text)(void *session, struct str text, usec_t received);
	/* The connection has gone; in order: the client closed its stream. The link's connection
	 * end has let go. */
	void (*on_gone)(void *session, bool is_in_order);
};

/* ---- connection's end ---- */

/* A link from a connection on this loop to a home. */
struct link *link_new(const struct link_conn_ops *conn_ops, void *conn,
		      const struct link_session_ops *session_ops, struct home *home)
	__attribute__((returns_nonnull));

void link_request(struct link *l, const struct bind_request *request);
void link_text(struct link *l, struct str text);

/* Lets go: nothing more is heard. The pointer is NULL then. */
void link_leave(struct link **l, bool is_in_order);

/* ---- session's end ---- */

struct home *link_home(const struct link *l);

/* From now on texts go to session. NULL: nobody (a link that is asked may be left before it is
 * answered: is_left). */
void link_attach(struct link *l, void *session);
bool link_is_left(const struct link *l);

/* Keeps the link's memory while a request is worked on, also when the connection leaves. */
void link_hold(struct link *l);
void link_release(struct link *l);

void link_answer(struct link *l, const struct bind_answer *answer);
void link_bytes(struct link *l, struct bytes *bytes);

/* Bytes (each piece counted with some for its letter) that are on the way to a connection on
 * another loop, to within 64 KiB. Nobody but the session bounds them. */
size_t link_waiting(const struct link *l);

/* Asks the connection how much it has not sent; one question at a time. True when the answer to the
 * last one is there (perhaps at once: connections on this loop): of what was sent before the
 * question *ret_bytes have not left the process. Each answer is given once. */
bool link_measure(struct link *l, size_t *ret_bytes);
void link_pause(struct link *l, bool is_paused);

/* Lets go, ending the stream. The pointer is NULL then. */
void link_over(struct link **l, bool is_error, unsigned stream_condition, struct str text);
