/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of web servers (RFC 3986, RFC 9110 4.2) that others give us, taken apart strictly: whoever
 * fetches one must see in it what we have seen. Any thread. */
#pragma once

#include "base/str.h"

enum { URL_MAX = 2048 /* bytes */, URL_HOST_MAX = 253 };

/* Views of the text. */
struct url {
	bool is_https;        /* or http */
	struct str origin;    /* scheme, host and, where it is written, port */
	struct str authority; /* host and port as written */
	struct str host;      /* a name, or an address without brackets */
	bool is_v6;           /* it stood in brackets */
	uint16_t port;        /* 443, 80: not written */
	struct str path;      /* with the query; empty or begins with '/' or '?' */
};

/* ERR_INVALID: not http or https in small letters, a user name, a fragment, an empty host, a host
 * with other characters than letters, digits, '.', '-' and '_' (in brackets: hex digits, ':' and
 * '.'), a port that is none, or anything that is not printable ASCII, a backslash included.
 * ERR_TOO_BIG: URL_MAX. */
must_check enum err url_read(struct str text, struct url *ret_url);
