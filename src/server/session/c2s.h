/* SPDX-License-Identifier: Apache-2.0 */
/* Client connections (RFC 6120): from the first byte to a bound session, and the bytes between
 * transport and session after that. A connection stays on the loop that accepted it. */
#pragma once

#include "server/session/conn.h"

extern const struct conf_table c2s_conf_table;

void c2s_init(struct c2s *c);

/* A client has come: t is an accepted transport. is_direct: TLS begins with the first byte. */
void c2s_accept(struct c2s *c, struct transport *t, const struct addr *client, bool is_direct);

/* The same for one that is ready to carry a stream: a websocket. may_be_plain: login is allowed
 * without TLS (loopback). */
void c2s_accept_ready(struct c2s *c, struct transport *t, const struct addr *client,
		      bool may_be_plain);

/* Ends all streams with system-shutdown; count goes to 0. */
void c2s_stop(struct c2s *c);
