/* SPDX-License-Identifier: Apache-2.0 */
/* Streams that other servers open to us: TLS, login by EXTERNAL (XEP-0178) or dialback (XEP-0220),
 * stanzas. A stream stays on the loop that accepted it. */
#pragma once

#include "net/transport.h"
#include "server/s2s/s2s.h"

/* Before the first. */
void s2s_in_init(struct s2s *s);

/* A connection has come: t is an accepted transport. is_direct: TLS begins at once (XEP-0368). */
void s2s_in_accept(struct s2s *s, struct transport *t, const struct addr *client, bool is_direct);

/* Ends those of domains that are not allowed any more (s2s_policy_allows). */
void s2s_in_review(struct s2s *s);

/* Ends all of s with system-shutdown. */
void s2s_in_stop(struct s2s *s);
