/* SPDX-License-Identifier: Apache-2.0 */
/* The page at "/": what this server is and how to come in with a client. Any thread. */
#pragma once

#include "base/sbuf.h"

/* What the page tells; all texts are escaped. */
struct landing {
	struct str domain;
	bool is_registration_open;
	struct str websocket_url;   /* unset: none is told */
	const struct str *contacts; /* mailto:, xmpp: or https: addresses of the support */
	size_t contact_count;
};

/* Appends the page. ERR_TOO_BIG: out's limit, or a domain too long for the QR code. */
must_check enum err landing_write(struct sbuf *out, const struct landing *landing);
