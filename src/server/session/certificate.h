/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts that the certificate of a connection names (XEP-0178 2, RFC 6120 13.7): one place
 * for what is announced and what is checked. On the connection's loop. */
#pragma once

#include "net/tls_context.h"
#include "server/session/conn.h"

enum { CERTIFIED_MAX = TLS_CLIENT_NAMES_MAX };

/* The localparts, prepared, each once, in the arena; how many. Addresses of other domains, with a
 * resource or without a localpart, and what is no address at all, are left out. Whether there are
 * such accounts is not looked at. */
size_t certificate_names(const struct conn *c, struct arena *a,
			 struct str ret_names[CERTIFIED_MAX]);
