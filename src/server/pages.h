/* SPDX-License-Identifier: Apache-2.0 */
/* The web pages of this server, as a configuration wants them. At the start, and on the first
 * worker's loop. */
#pragma once

#include "server/conf/conf.h"
#include "server/worker.h"

/* The caller's count. addrs: where the listeners really are (LISTEN_KINDS of them). ERR_TOO_BIG. */
must_check enum err pages_new(const struct conf *conf, const struct addr *addrs,
			      struct site **ret_site);

/* Appends where clients find the WebSocket (XEP-0156): below http.url where that is set, which a
 * proxy passes on, else at the listener; nothing without one. */
enum err pages_websocket_url(const struct conf *conf, const struct addr *addrs, struct sbuf *out);
