/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an answer (RFC 9112, 4). Pure functions but for the clock; any thread. */
#pragma once

#include "base/sbuf.h"
#include "net/http_head.h"

enum { HTTP_ANSWER_HEAD_MAX = 64 * 1024 /* bytes */ };

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* What an answer says before its body. */
struct http_answer {
	unsigned status;
	struct str content_type; /* may be empty */
	const struct http_field
		*fields; /* more of them; those with control characters in them are left out */
	size_t count;
};

/* Whether a status allows a body at all. */
bool http_answer_has_body(const struct http_answer *answer);

/* Writes the head to out, which is empty. length as in http_begin; is_last: the connection ends
 * behind it. ERR_TOO_BIG when the fields do not fit: out then holds the head of a 500 without a
 * body instead. */
must_check enum err http_answer_head(struct sbuf *out, const struct http_answer *answer,
				     uint64_t length, bool is_last);

/* The name of a status; never NULL. */
const char *http_reason(unsigned status);
