/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of streams, see s2s_proof.h. */
#include "server/s2s/s2s_proof.h"

#include "codec/idn.h"

#include <stdio.h>

void s2s_proof_of(const struct s2s *s, const struct transport *t, struct str domain,
		  const struct s2s_way *way, struct tls_peer_report *ret_report)
{
	char buf[IDN_ASCII_MAX + 1];
	struct tls_peer_want want = { .domain = domain };

	*ret_report = (struct tls_peer_report){ .proof = TLS_PEER_UNKNOWN };
	if (!transport_is_secure(t)) {
		(void)snprintf(ret_report->reason, sizeof(ret_report->reason), "no TLS");
		return;
	}
	if (idn_ascii(domain, buf, &want.ascii))
		want.ascii = domain; /* an address: certificates may be for those, too */
	if (way) {
		want.target = way->target;
		want.dane = way->dane;
	}
	tls_peer_check(t, s->tls.trust, &want, ret_report);
}
