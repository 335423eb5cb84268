/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket, server side (RFC 6455), with permessage-deflate without kept context (RFC 7692): a
 * transport whose on_data brings one whole text message, and whose send makes one. On the loop. */
#pragma once

#include "net/http.h"
#include "net/transport.h"

enum {
	WEBSOCKET_FRAGMENTS_MAX = 1024, /* frames of one message */
	WEBSOCKET_CONTROL_MAX = 60,     /* control frames in WEBSOCKET_CONTROL_USEC */
	WEBSOCKET_DEFLATE_MIN = 512,    /* bytes; shorter messages are sent plain */
};
#define WEBSOCKET_CONTROL_USEC (10 * USEC_PER_SEC)

/* RFC 6455, 7.4.1 */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNSUPPORTED = 1003,
	WEBSOCKET_BAD_DATA = 1007,
	WEBSOCKET_POLICY = 1008,
	WEBSOCKET_TOO_BIG = 1009,
};

struct websocket_config {
	struct str
		protocol; /* that the client must offer: "xmpp" (RFC 7395, 3.1); constant storage */
	/* Whether a page of this Origin may connect; empty: the client sent none, it is no browser.
	 * Optional: all may. */
	bool (*may_connect)(void *owner, struct str origin, const struct http_request *request);
	void *owner;
	size_t message_limit; /* bytes of a message, joined and inflated */
	bool has_deflate;     /* offer compression to those who ask */
};

/* To be called inside on_request: answers the upgrade and takes the connection over. OK:
 * transport_own must be called at once; events come from the loop, on_ready is not among them.
 * Otherwise the request was answered with the fitting status (400, 403, 426): ERR_INVALID,
 * ERR_DENIED, ERR_UNSUPPORTED. */
must_check enum err websocket_accept(struct http_conn *conn, const struct http_request *request,
				     const struct websocket_config *config,
				     struct transport **ret_t);

/* For a transport made here. Messages may be this long from now on. */
void websocket_set_limit(struct transport *t, size_t message_limit);

/* Compress what is sent from now on, if the client offered it: after authentication, so that no
 * secret of a login meets text of others in one compressed message. Compressed messages of the
 * client are always read, within the message limit. */
void websocket_allow_deflate(struct transport *t);

/* Sends an empty ping. */
void websocket_ping(struct transport *t);

/* Like transport_close, with this code instead of WEBSOCKET_NORMAL. */
void websocket_close(struct transport *t, enum websocket_code code);
