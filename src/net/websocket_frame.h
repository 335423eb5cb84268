/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a WebSocket frame (RFC 6455, 5.2) and its mask. Pure functions; any thread. */
#pragma once

#include "base/str.h"

enum websocket_opcode {
	WEBSOCKET_CONTINUE = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

enum {
	WEBSOCKET_HEAD_MAX = 14, /* bytes */
	WEBSOCKET_CONTROL_LEN_MAX = 125,
};

struct websocket_frame {
	uint8_t opcode;
	bool is_last;       /* FIN */
	bool is_compressed; /* RSV1 */
	uint8_t mask[4];
	uint64_t len; /* bytes of the payload */
};

/* Reads the head of a client's frame. ERR_AGAIN when data is too short. ERR_INVALID: no mask,
 * reserved bits or opcodes, a control frame that is long or in parts, a length not in its shortest
 * form. */
must_check enum err websocket_frame_parse(struct str data, struct websocket_frame *ret_frame,
					  size_t *ret_len);

/* Writes the head of a server's frame to buf (WEBSOCKET_HEAD_MAX bytes); gives its length. The
 * frame is whole (FIN). */
size_t websocket_frame_head(uint8_t *buf, unsigned opcode, bool is_compressed, uint64_t len);

/* Copies len bytes from in to out, unmasked; at: how many bytes of the frame came before. */
void websocket_frame_unmask(const struct websocket_frame *frame, uint64_t at, struct str in,
			    char *out);
