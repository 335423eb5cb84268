/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts in certificates, see certificate.h. */
#include "server/session/certificate.h"

#include "xmpp/jid.h"

static bool is_among(struct str name, const struct str *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(names[i], name))
			return true;
	}
	return false;
}

size_t certificate_names(const struct conn *c, struct arena *a, struct str ret_names[CERTIFIED_MAX])
{
	struct str addresses[CERTIFIED_MAX];
	size_t all = transport_addresses(c->transport, a, addresses, CERTIFIED_MAX), count = 0;
	struct jid jid;

	for (size_t i = 0; i < all; i++) {
		if (jid_parse(a, addresses[i], &jid) || jid_is_full(jid) || !jid.node.len ||
		    !str_eq(jid.domain, c->c2s->home->domain))
			continue;
		if (!is_among(jid.node, ret_names, count))
			ret_names[count++] = jid.node;
	}
	return count;
}
