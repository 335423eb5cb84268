/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an HTTP/1.1 request: so many bytes, or chunks (RFC 9112, 7.1) read strictly. Pure
 * state machine; any thread. */
#pragma once

#include "base/str.h"
#include "net/http_head.h"

enum {
	HTTP_CHUNK_LINE_MAX = 256, /* bytes of a chunk's head, extensions included */
	HTTP_TRAILER_MAX = 4096,   /* bytes of the trailer section, which is dropped */
};

struct http_body {
	uint64_t left; /* bytes of the body, or of this chunk */
	uint8_t state; /* of the chunks */
	bool is_chunked;
	bool is_done;
	bool is_line_empty; /* so far, in the trailer */
	bool has_digit;
	uint16_t line; /* bytes of the chunk's head or the trailer so far */
};

void http_body_init(struct http_body *b, const struct http_head *head);

/* Takes bytes off *data; what belongs to the content goes to ret_part (may be empty). Call it until
 * *data is empty or is_done. ERR_INVALID or ERR_TOO_BIG for chunks that break the rules or a limit.
 */
must_check enum err http_body_next(struct http_body *b, struct str *data, struct str *ret_part);
