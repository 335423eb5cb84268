/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the certificate on a stream shows that it is the server of a domain. On the loop. */
#pragma once

#include "server/s2s/s2s.h"

/* What the DNS has said on the way to a server that we have connected to; nothing of one that has
 * connected to us. */
struct s2s_way {
	struct str target;       /* see struct tls_peer_want; may be empty */
	const struct dane *dane; /* or NULL */
};

/* way: NULL for none. Without TLS nothing is shown. The report's reason is for the log. */
void s2s_proof_of(const struct s2s *s, const struct transport *t, struct str domain,
		  const struct s2s_way *way, struct tls_peer_report *ret_report);

/* Whether it is shown. */
static inline bool s2s_proof_is_good(const struct tls_peer_report *report)
{
	return report->proof == TLS_PEER_PKIX || report->proof == TLS_PEER_DANE;
}
