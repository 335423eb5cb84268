/* SPDX-License-Identifier: Apache-2.0 */
/* The web client over HTTP (RFC 9110): its files out of the program, in the smallest form that the
 * browser takes, and its one page at all addresses that are views of it. A path is only ever
 * compared with tables; nothing here touches the file system. */
#pragma once

#include "net/http.h"
#include "server/web/bundle.h"

enum {
	WEB_STEP = 64 * 1024,      /* bytes that are given to a connection at once */
	WEB_POLICY_MAX = 4 * 1024, /* bytes of the Content-Security-Policy */
};

/* Immutable and counted: shared by all loops. */
struct web;
struct web_item;

struct web_config {
	const struct web_bundle *bundle; /* borrowed, for ever */
	/* Where the page may talk to, beside the host that it came from; copied. */
	struct str websocket_url; /* "wss://chat.example/xmpp-websocket", or unset */
	struct str url;           /* how links to files begin, "https://chat.example", or empty */
};

/* Makes what all answers share: the bytes of the bundle once more, in steps. The caller owns one
 * count. NULL: there is no page in the bundle. Any thread. */
struct web *web_new(const struct web_config *config);

struct web *web_ref(struct web *w);
struct web *web_unref(struct web *w); /* NULL is fine; gives NULL */

/* What stands at path: a file, the page for a view of the client, or NULL. w may be NULL. Lives as
 * long as w. Any thread. */
const struct web_item *web_find(const struct web *w, struct str path);

/* Answers a GET or HEAD with item. On the loop of conn. */
void web_respond(struct web *w, const struct web_item *item, struct http_conn *conn);

/* Appends the Content-Security-Policy for what is fetched from host (the value of Host; one that
 * has signs which no host has, or is overlong, is left out), by TLS or not: at most WEB_POLICY_MAX
 * bytes. ERR_TOO_BIG: out's limit. Any thread. */
must_check enum err web_write_policy(struct sbuf *out, const struct web *w, struct str host,
				     bool is_secure);
