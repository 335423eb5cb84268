/* SPDX-License-Identifier: Apache-2.0 */
/* Compression of WebSocket messages (RFC 7692) without kept context: one pair of zlib streams a
 * loop. */
#pragma once

#include "base/sbuf.h"

struct websocket_deflate;

/* Made at need, NULL before. */
void websocket_deflate_free(struct websocket_deflate **deflate);

/* Appends the compressed form of message to out. ERR_TOO_BIG past out's limit (it did not get
 * smaller, then). */
must_check enum err websocket_deflate_pack(struct websocket_deflate **deflate, struct str message,
					   struct sbuf *out);

/* Appends the plain form of packed to out. ERR_TOO_BIG past out's limit, ERR_INVALID when it is no
 * such form. */
must_check enum err websocket_deflate_unpack(struct websocket_deflate **deflate, struct str packed,
					     struct sbuf *out);
