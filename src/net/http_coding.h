/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings (RFC 9110, 8.4.1 and 12.5.3): in which form an answer goes out that lies ready in
 * several. Pure functions; any thread. */
#pragma once

#include "net/http_head.h"

/* What comes later goes before where the client likes both alike: it is smaller. */
enum http_coding {
	HTTP_CODING_NONE, /* as it is ("identity") */
	HTTP_CODING_GZIP,
	HTTP_CODING_BR,
	HTTP_CODINGS
};

#define HTTP_CODING_BIT(coding) (1U << (coding))

/* The value of Content-Encoding; without pointer for HTTP_CODING_NONE. */
struct str http_coding_name(enum http_coding coding);

/* The form that the fields Accept-Encoding of head like best among those in has (bits). Without the
 * field, and when none of them may be sent, it is HTTP_CODING_NONE: RFC 9110 allows both, and every
 * client can read it. */
enum http_coding http_coding_pick(const struct http_head *head, unsigned has);
