/* SPDX-License-Identifier: Apache-2.0 */
/* The channel bindings that a connection has (XEP-0440, RFC 9266, RFC 5929): one table for what is
 * announced and what is checked. */
#pragma once

#include "server/session/conn.h"
#include "xmpp/sasl.h"

/* All of c, with their data in the arena; how many. */
size_t channel_bindings(const struct conn *c, struct arena *a,
			struct scram_binding ret_bindings[SASL_BINDINGS_MAX]);
