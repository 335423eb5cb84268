/* SPDX-License-Identifier: Apache-2.0 */
/* Where entities live, see home.h. */
#include "server/route/home.h"

struct home *home_of(const struct home *h, struct str bare)
{
	return h->all[siphash(h->place_key, bare) % h->count];
}

const struct realm *home_realm(const struct home *h, struct str domain)
{
	for (unsigned i = 0; i < h->realm_count; i++) {
		if (str_eq(h->realms[i].domain, domain))
			return &h->realms[i];
	}
	return NULL;
}
