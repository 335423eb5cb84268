/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1.1 request (RFC 9112): a strict guard, then llhttp. What two programs could
 * read in two ways is refused, so that nothing can be smuggled past a proxy. Pure functions; any
 * thread. */
#pragma once

#include "base/str.h"

enum {
	HTTP_LINE_MAX = 8 * 1024,  /* bytes of the request line */
	HTTP_HEAD_MAX = 16 * 1024, /* bytes of the whole head */
	HTTP_FIELDS_MAX = 64,
};

enum http_verb {
	HTTP_VERB_GET,
	HTTP_VERB_HEAD,
	HTTP_VERB_POST,
	HTTP_VERB_PUT,
	HTTP_VERB_DELETE,
	HTTP_VERB_PATCH,
	HTTP_VERB_OPTIONS,
	HTTP_VERB_OTHER,
};

struct http_field {
	struct str name, value; /* the value without white space around it */
};

struct http_head {
	enum http_verb verb;
	struct str method;
	struct str
		path; /* as sent, still with its % escapes; begins with '/', or is "*" (OPTIONS) */
	struct str query; /* behind '?'; no pointer: there was none */
	struct str host;  /* with its port, if it was given; empty in HTTP/1.0 without Host */
	struct http_field fields[HTTP_FIELDS_MAX];
	unsigned count;
	bool is_11;          /* HTTP/1.1; otherwise 1.0 */
	bool is_keep_alive;  /* the client wants to ask again */
	bool is_chunked;     /* a body follows in chunks */
	bool wants_continue; /* Expect: 100-continue */
	bool wants_upgrade;  /* Connection: Upgrade */
	bool has_length;
	uint64_t length; /* bytes of the body, when has_length */
};

/* Looks for the end of the head in data, going on at *at (0 at first). OK: *at is the length of the
 * head. ERR_AGAIN: more is needed. ERR_INVALID: this can become no head (a bare CR or LF, a NUL).
 * ERR_TOO_BIG. */
must_check enum err http_head_find(struct str data, size_t *at);

/* Reads a whole head, its empty line included. Gives 0, or the status to refuse it with (400, 414,
 * 417, 431, 501, 505). The views point into text. */
unsigned http_head_parse(struct str text, struct http_head *ret_head);

/* The value of the first field of that name (any case); without a pointer if there is none. */
struct str http_head_field(const struct http_head *head, struct str name);

/* Whether a comma-separated list in any field of that name holds token (any case). */
bool http_head_has_token(const struct http_head *head, struct str name, struct str token);
