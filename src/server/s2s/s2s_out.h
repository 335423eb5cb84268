/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that we open to another server, for one pair of domains: connection, TLS, login by
 * EXTERNAL (XEP-0178) or dialback (XEP-0220), stanzas. At the home of the other domain. What its
 * owner hears and does otherwise: s2s_out_life.h, s2s_out_login.h. */
#pragma once

#include "server/s2s/s2s_out_life.h"

/* Begins to connect; stays with the owner until on_over or s2s_out_life_drop. */
struct s2s_out *s2s_out_new(struct s2s *s, const struct s2s_out_want *want,
			    const struct s2s_out_events *events, void *owner)
	__attribute__((returns_nonnull));

/* Sends a stanza, after on_open. */
void s2s_out_send(struct s2s_out *o, struct bytes *stanza);

/* Bytes that have not left. */
size_t s2s_out_unsent(const struct s2s_out *o);
