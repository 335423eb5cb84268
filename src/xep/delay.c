/* SPDX-License-Identifier: Apache-2.0 */
/* Delayed delivery, see delay.h. */
#include "xep/delay.h"

#include "xmpp/datetime.h"
#include "xmpp/ns.h"

void delay_add(struct arena *a, struct xml *el, struct str from, usec_t wall)
{
	struct xml *delay = xml_add_new(a, el, NS_DELAY, STR("delay"));

	if (str_is_set(from))
		xml_set(a, delay, STR("from"), from);
	xml_set(a, delay, STR("stamp"), datetime_format(a, wall));
}

void delay_strip(struct xml *el, struct str from)
{
	struct xml *next;

	for (struct xml *child = xml_first(el); child; child = next) {
		next = xml_next(child);
		if (xml_is(child, NS_DELAY, STR("delay")) &&
		    str_eq(xml_attr(child, STR("from")), from))
			xml_remove(child);
	}
}
