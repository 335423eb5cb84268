/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held, see held.h. */
#include "server/route/held.h"

#include "base/metric.h"
#include "server/route/admins.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"

bool held_keeps(const struct entity *e, struct jid to)
{
	const struct roster_item *item;

	if (!e->is_held || !jid_is_set(to) || jid_bare_eq(e->jid, to))
		return false;
	if (!to.node.len &&
	    (home_realm(e->home, to.domain) || services_find(e->home->services, to.domain)))
		return false;
	item = roster_item(e, to);
	return !(item && (item->flags & (ROSTER_TO | ROSTER_FROM | ROSTER_PENDING_IN))) &&
	       !admins_have(e->home, jid_bare_str(to));
}

bool held_keeps_el(const struct entity *e, struct arena *a, const struct xml *el)
{
	struct str type = xml_attr(el, STR("type"));
	struct jid to;

	if (str_eq(el->name, STR("iq")) || str_eq(type, STR("error")) ||
	    jid_parse(a, xml_attr(el, STR("to")), &to) || !held_keeps(e, to))
		return false;
	metric_inc(METRIC_HELD);
	return true;
}
