/* SPDX-License-Identifier: Apache-2.0 */
/* Stanza forwarding, see forward.h. */
#include "xep/forward.h"

#include "xep/delay.h"
#include "xmpp/ns.h"

struct xml *forward_wrap(struct arena *a, struct xml *stanza, usec_t wall)
{
	struct xml *forwarded = xml_new(a, NS_FORWARD, STR("forwarded"));

	if (wall)
		delay_add(a, forwarded, STR_NONE, wall);
	xml_add(forwarded, stanza);
	return forwarded;
}

struct xml *forward_inside(const struct xml *x)
{
	struct xml *found = NULL;

	if (!xml_is(x, NS_FORWARD, STR("forwarded")))
		return NULL;
	xml_each (child, x) {
		if (!str_eq(child->ns, NS_CLIENT))
			continue;
		if (found)
			return NULL;
		found = child;
	}
	return found;
}
