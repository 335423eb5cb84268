/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler a request goes to. The table serves the http and https listeners alike. Any thread.
 */
#pragma once

#include "net/http.h"

/* A row: an exact path, or (is_prefix) everything that begins with it. HEAD is let through wherever
 * GET is. */
struct http_route {
	struct str path;
	bool is_prefix;
	unsigned verbs; /* HTTP_VERB_BIT(HTTP_VERB_GET) | … */
	/* On the connection's loop; answers as http.h says. */
	void (*run)(void *owner, struct http_conn *conn, const struct http_request *request);
};

#define HTTP_VERB_BIT(verb) (1U << (verb))

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_VERB };

/* Finds the row for a request: an exact path goes before a prefix, a long prefix before a short
 * one. ROUTE_NO_VERB: the path is there, *ret_verbs are those that it takes. */
enum route_result route_find(const struct http_route *routes, size_t count, enum http_verb verb,
			     struct str path, const struct http_route **ret_route,
			     unsigned *ret_verbs);

/* Writes verbs as the value of Allow: "GET, HEAD". */
enum err route_write_verbs(struct sbuf *out, unsigned verbs);

/* Whether a page from origin (value of the field, unset: none was sent) may open a WebSocket here:
 * without one (no browser), from the host that was asked, or from one of origins ("https://…"). */
bool route_may_come_from(struct str origin, struct str host, const struct str *origins,
			 size_t count);
