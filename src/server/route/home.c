/* SPDX-License-Identifier: Apache-2.0 */
/* Where entities live, see home.h. */
#include "server/route/home.h"

struct home *home_of(const struct home *h, struct str bare)
{
	return h->all[siphash(h->place_key, bare) % h->count];
}
