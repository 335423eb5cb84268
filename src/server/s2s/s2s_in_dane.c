/* SPDX-License-Identifier: Apache-2.0 */
/* What the DNS says about who has come, see s2s_in_dane.h. */
#include "server/s2s/s2s_in_dane.h"

#include "base/log.h"
#include "codec/idn.h"
#include "resolve/proof.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_proof.h"

static void go_on(struct s2s_in *c)
{
	c->proof = NULL;
	c->on_proof(c);
	s2s_in_life_go_on(c);
}

/* Any of its servers may have come. */
static void on_proofs(void *owner, const struct proof *proofs, size_t count)
{
	struct s2s_in *c = owner;

	for (size_t i = 0; i < count && !c->is_dane; i++) {
		struct s2s_way way = { .target = str_from(proofs[i].target),
				       .dane = &proofs[i].dane };
		struct tls_peer_report report;

		s2s_proof_of(c->s2s, c->transport, c->theirs, &way, &report);
		c->is_dane = report.proof == TLS_PEER_DANE;
	}
	if (count)
		log_debug(NULL, "the DNS was asked about a certificate", F_STR("domain", c->theirs),
			  F_BOOL("named", c->is_dane));
	go_on(c);
}

/* One that an authority has signed needs no more; and who has none shows nothing. */
static bool needs_dns(const struct s2s_in *c)
{
	const struct s2s *s = c->s2s;
	struct tls_peer_report report;

	if (!c->theirs.len || c->identity.len || !transport_is_secure(c->transport) ||
	    !s->resolver || !resolver_validates(s->resolver) ||
	    s2s_policy_address(s->home->conf, c->theirs).is_set)
		return false;
	s2s_proof_of(s, c->transport, c->theirs, NULL, &report);
	return report.has_certificate && !s2s_proof_is_good(&report);
}

void s2s_in_dane_ask(struct s2s_in *c, void (*then)(struct s2s_in *c))
{
	char buf[IDN_ASCII_MAX + 1];
	struct str ascii;

	c->is_dane = false;
	c->on_proof = then;
	if (!needs_dns(c) || idn_ascii(c->theirs, buf, &ascii)) {
		then(c);
		return;
	}
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
	c->proof = proof_begin(c->s2s->resolver, c->s2s->home->loop, ascii, on_proofs, c);
}

void s2s_in_dane_stop(struct s2s *s)
{
	list_each (link, &s->ins) {
		struct s2s_in *c = list_entry(link, struct s2s_in, link);

		if (!c->proof)
			continue;
		proof_end(&c->proof);
		go_on(c);
	}
}
