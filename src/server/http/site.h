/* SPDX-License-Identifier: Apache-2.0 */
/* What the web listeners say for one configuration: pages and documents, made once and counted, so
 * that all loops share them and a reload swaps them whole. Immutable; any thread. */
#pragma once

#include "base/bytes.h"
#include "server/http/landing.h"
#include "server/web/web.h"

struct site_config {
	struct str url; /* how links to this server begin, "https://chat.example"; empty: no web
			   side */
	struct landing
		landing;     /* domain, registration, contacts, WebSocket: all copied into pages */
	struct str host;     /* the domain as URLs have it: for redirects */
	uint16_t https_port; /* the same; 0: there is no https listener */
	const struct str *origins; /* pages of these may open a WebSocket; copied */
	size_t origin_count;
	const struct web_bundle *client; /* the web client; borrowed, for ever; NULL: none */
};

struct site {
	unsigned refs;      /* atomic; use site_ref and site_unref only */
	struct web *client; /* or NULL */
	struct bytes *landing, *host_meta, *host_meta_json;
	struct bytes *not_found, *no_verb, *foreign, *upgrade;
	char *host, *csp, *url;
	uint16_t https_port;
	struct str *origins; /* views into origin_text */
	size_t origin_count;
	char *origin_text;
};

/* Makes the pages. ERR_TOO_BIG: a text is too long for them. */
must_check enum err site_new(const struct site_config *config, struct site **ret_site);

struct site *site_ref(struct site *s);
struct site *site_unref(struct site *s);

/* Appends the URL of the WebSocket at domain: of the https listener, else of the http one (ports;
 * 0: none), else nothing. */
enum err site_write_websocket_url(struct sbuf *out, struct str domain, uint16_t https_port,
				  uint16_t http_port);

/* Appends how links begin: "https://domain:5443", without the port that the scheme implies. */
enum err site_write_url(struct sbuf *out, struct str domain, uint16_t https_port,
			uint16_t http_port);
