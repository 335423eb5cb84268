/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 server side over transports (RFC 9110, 9112): requests in order, one at a time a
 * connection, bodies streamed, answers whole or in parts. Routes stand above. A connection that
 * waits for a request owns no buffers. On the loop. */
#pragma once

#include "base/sbuf.h"
#include "net/addr.h"
#include "net/http_answer.h"
#include "net/http_head.h"
#include "net/net_loop.h"
#include "net/transport.h"

struct http;
struct http_conn;

#define HTTP_HEAD_USEC  (10 * USEC_PER_SEC) /* from the first byte of a head to its last */
#define HTTP_IDLE_USEC  (60 * USEC_PER_SEC) /* between requests */
#define HTTP_STALL_USEC (30 * USEC_PER_SEC) /* a body or an answer must get on in this time */

enum {
	HTTP_BODY_STEP = 4 * 1024,      /* bytes of a body that must come in HTTP_STALL_USEC */
	HTTP_PIPELINE_MAX = 256 * 1024, /* bytes that may wait behind a request */
	HTTP_DRAIN_MAX =
		64 * 1024, /* bytes of an unread body that are read over to keep a connection */
};

struct http_request {
	struct http_head head;
	struct addr client; /* the peer, or whom a trusted proxy named */
	struct str peer;    /* client's address as text */
	bool is_secure;     /* by TLS to us or, says a trusted proxy, to it */
	bool is_forwarded;  /* a trusted proxy stands between */
};

struct http_config {
	const struct addr_nets *proxies; /* who may send forwarding fields; borrowed */
	void *owner;
	/* A head has come. The request lives until it is answered. Answer now or later:
	 * http_respond, or http_begin … http_end; before that, http_read_body; or http_take. */
	void (*on_request)(void *owner, struct http_conn *conn, const struct http_request *request);
};

/* What a handler hears that does not answer at once; all optional. */
struct http_events {
	void (*on_body)(void *arg, struct str part); /* valid during the call */
	void (*on_body_end)(void *arg); /* the body was whole; never inside http_read_body */
	void (*on_drained)(void *arg);  /* what http_write gave has left: the time for more */
	/* The connection broke before the answer was complete, or the body was refused: conn must
	 * not be used any more. */
	void (*on_gone)(void *arg);
};

/* The HTTP side of a loop's listeners. config is copied. */
struct http *http_new(struct net_loop *net, const struct http_config *config)
	__attribute__((returns_nonnull));

/* Ends all connections at once (on_gone comes), frees. */
void http_free(struct http **http);

/* From now on idle connections are closed, the others after their answer. */
void http_drain(struct http *http);

unsigned http_count(const struct http *http); /* connections */

/* Serves take_t, which belongs to http now. client: its address, as the listener gave it. */
void http_serve(struct http *http, struct transport *take_t, const struct addr *client);

/* The request in hand: it lives until it is answered. */
const struct http_request *http_request_of(const struct http_conn *conn);

/* Who hears of the request in hand. */
void http_listen(struct http_conn *conn, const struct http_events *events, void *arg);

/* Lets the body come to the events of http_listen, at most limit bytes. ERR_TOO_BIG when it is
 * announced as longer: nothing has happened then, the caller answers (413). Past the limit later on
 * the connection answers 413 by itself, and on_gone comes. */
must_check enum err http_read_body(struct http_conn *conn, uint64_t limit);

/* Stops the body (nothing is read from the peer, whom the time is not counted for) until it is
 * asked for again: for who cannot take more now. What on_body is in the middle of is not followed
 * by more. */
void http_hold_body(struct http_conn *conn, bool is_held);

/* The whole answer; body may be NULL. HEAD gets the head alone. */
void http_respond(struct http_conn *conn, const struct http_answer *answer, struct bytes *body);

/* The same for a text in memory. */
void http_respond_text(struct http_conn *conn, unsigned status, struct str text);

/* An answer in parts: length bytes in all, or HTTP_LENGTH_UNKNOWN: its end is the end of the
 * connection. Bytes past length are dropped; too few end the connection. */
void http_begin(struct http_conn *conn, const struct http_answer *answer, uint64_t length);
void http_write(struct http_conn *conn, struct bytes *part);
void http_end(struct http_conn *conn);

/* Takes the transport out for another protocol (RFC 9110, 7.8); conn is gone then, the request
 * lives until the caller goes back to the loop. What has come behind the head is added to rest. To
 * be called inside on_request. */
struct transport *http_take(struct http_conn *conn, struct sbuf *rest);

/* The loop that the connection is on. */
struct net_loop *http_net(const struct http_conn *conn);
