/* SPDX-License-Identifier: Apache-2.0 */
/* Between the upgrade and the frames of a WebSocket. */
#pragma once

#include "net/websocket.h"

struct websocket_start {
	const struct http_request *request;
	struct str rest; /* what came behind the upgrade */
	size_t message_limit;
	bool has_deflate;
};

/* The transport behind an upgrade that was answered. */
struct transport *websocket_over(struct net_loop *net, struct transport *take_below,
				 const struct websocket_start *start)
	__attribute__((returns_nonnull));
