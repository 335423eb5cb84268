/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and ranges of requests (RFC 9110, 13 and 14): what is asked of a file whose tag and
 * date are known. Pure functions; any thread. */
#pragma once

#include "base/clock.h"
#include "net/http_head.h"

enum { HTTP_DATE_LEN = 29 /* characters of "Sun, 06 Nov 1994 08:49:37 GMT" */ };

/* Writes a point in time, a NUL behind it, as RFC 9110, 5.6.7 wants it. */
struct str http_date_write(usec_t wall, char buf[HTTP_DATE_LEN + 1]);

/* Reads the form that everybody has to send today. ERR_INVALID for all others. */
must_check enum err http_date_read(struct str text, usec_t *ret_wall);

enum http_range {
	HTTP_RANGE_NONE,  /* not asked for, or not to be understood: the whole */
	HTTP_RANGE_PART,  /* one part */
	HTTP_RANGE_WRONG, /* nothing of it is there: 416 */
};

/* Reads a Range field for size bytes. Of several ranges none is given: that is the whole (RFC 9110,
 * 14.2 allows it). *ret_first and *ret_last, the bytes asked for, are inside, for HTTP_RANGE_PART.
 */
enum http_range http_range_read(struct str value, uint64_t size, uint64_t *ret_first,
				uint64_t *ret_last);

/* Whether a list of entity tags, or "*", has tag (with its quotes; strong). is_weak: a weak one
 * counts, too. */
bool http_tag_is_among(struct str list, struct str tag, bool is_weak);

enum http_wish {
	HTTP_WISH_WHOLE,        /* 200 */
	HTTP_WISH_PART,         /* 206 */
	HTTP_WISH_NOT_MODIFIED, /* 304 */
	HTTP_WISH_FAILED,       /* 412 */
	HTTP_WISH_NO_RANGE,     /* 416 */
};

/* What a GET or HEAD of a file of size bytes gets, in the order of RFC 9110, 13.2.2. wall_made: its
 * date. */
enum http_wish http_wish_read(const struct http_head *head, struct str tag, usec_t wall_made,
			      uint64_t size, uint64_t *ret_first, uint64_t *ret_last);
