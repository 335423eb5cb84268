/* SPDX-License-Identifier: Apache-2.0 */
/* Roster changes to store and clients, see roster_push.h. */
#include "server/route/roster_push.h"

#include "base/random.h"
#include "server/route/service.h"
#include "xmpp/ns.h"

struct xml *roster_item_el(struct arena *a, const struct roster_item *item, bool is_removed)
{
	struct xml *el = xml_new(a, NS_ROSTER, STR("item"));
	struct str groups = item->groups, group;

	xml_set(a, el, STR("jid"), arena_dup(a, item->jid));
	xml_set(a, el, STR("subscription"), is_removed ? STR("remove") : roster_subscription(item));
	if (is_removed)
		return el;
	if (item->flags & ROSTER_PENDING_OUT)
		xml_set(a, el, STR("ask"), STR("subscribe"));
	if (item->flags & ROSTER_APPROVED)
		xml_set(a, el, STR("approved"), STR("true"));
	if (item->name.ptr)
		xml_set(a, el, STR("name"), arena_dup(a, item->name));
	while (item->groups.len && str_split(&groups, ROSTER_SEPARATOR, &group))
		(void)xml_add_text_el(a, el, NS_ROSTER, STR("group"), arena_dup(a, group));
	return el;
}

static struct xml *push_new(struct dispatch *d, struct str to, const struct xml *item)
{
	struct arena *a = d->arena;
	struct xml *iq = xml_new(a, NS_CLIENT, STR("iq"));
	struct xml *query = xml_add_new(a, iq, NS_ROSTER, STR("query"));
	char id[13];

	random_token(id, sizeof(id) - 1);
	xml_set(a, iq, STR("type"), STR("set"));
	xml_set(a, iq, STR("id"), arena_dup(a, str_from(id)));
	xml_set(a, iq, STR("to"), to);
	xml_set(a, query, STR("ver"), roster_version_encode(d->entity->roster, a));
	xml_add(query, xml_copy(a, item));
	return iq;
}

/* XEP-0356 4.4. */
static void push_to_services(struct dispatch *d, const struct xml *item)
{
	const struct services *all = d->home->services;

	for (size_t i = 0; all && i < all->count; i++) {
		struct xml *iq;

		if (!(all->items[i].rights & SERVICE_ROSTER_PUSH))
			continue;
		iq = push_new(d, arena_dup(d->arena, all->items[i].domain), item);
		xml_set(d->arena, iq, STR("from"), d->entity->jid.full);
		dispatch_route_quietly(d, iq);
	}
}

void roster_changed(struct dispatch *d, struct roster_item *item, bool is_removed, bool is_push)
{
	struct entity *e = d->entity;
	struct roster *roster = e->roster;
	struct txn *txn = dispatch_txn(d);

	roster->version++;
	txn_put(txn, e->jid.full, ROSTER_SPACE, STR(""), roster_version_encode(roster, d->arena));
	if (is_push) {
		struct xml *el = roster_item_el(d->arena, item, is_removed);

		resource_each(r, &e->resources)
		{
			if (r->is_interested)
				dispatch_deliver(d, r, push_new(d, r->jid.full, el));
		}
		push_to_services(d, el);
	}
	if (is_removed || !item->flags) {
		txn_delete(txn, e->jid.full, ROSTER_SPACE, item->jid);
		roster_remove(roster, item);
	} else {
		txn_put(txn, e->jid.full, ROSTER_SPACE, item->jid,
			roster_item_encode(item, d->arena));
	}
}
