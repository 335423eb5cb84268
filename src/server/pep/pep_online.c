/* SPDX-License-Identifier: Apache-2.0 */
/* Last items for who comes online, see pep_online.h. */
#include "server/pep/pep_online.h"

#include "server/model/roster.h"
#include "server/pep/pep_items.h"
#include "server/route/client_caps.h"
#include "server/route/presence_view.h"
#include "server/route/router.h"
#include "xmpp/ns.h"

/* ---- asking others ---- */

static void ask(struct dispatch *d, const struct resource *r, struct str contact,
		const struct str *nodes, size_t count)
{
	struct xml *probe = presence_new(d->arena, STR("probe"), arena_dup(d->arena, r->jid.full),
					 arena_dup(d->arena, contact));
	struct xml *want = xml_add_new(d->arena, probe, NS_PARLEY_PEP, STR("want"));

	for (size_t i = 0; i < count; i++)
		(void)xml_add_text_el(d->arena, want, NS_PARLEY_PEP, STR("node"), nodes[i]);
	dispatch_route(d, probe);
}

static bool is_ours(const struct dispatch *d, struct str jid)
{
	struct jid parsed;

	return jid_parse(d->arena, arena_dup(d->arena, jid), &parsed) == OK && parsed.node.len &&
	       str_eq(parsed.domain, d->home->domain);
}

static void ask_contacts(struct dispatch *d, const struct resource *r, const struct str *nodes,
			 size_t count)
{
	const struct roster_item *item;
	size_t at = 0;

	while ((item = map_next(&d->entity->roster->items, &at))) {
		if (item->flags & ROSTER_TO && is_ours(d, item->jid))
			ask(d, r, item->jid, nodes, count);
	}
}

/* ---- a resource ---- */

static void act_send(struct dispatch *d, void *arg)
{
	struct resource *r = resource_by_id(&d->entity->resources, (uint64_t)(uintptr_t)arg);
	struct str *nodes;
	size_t count;

	if (!r || !r->is_available || !r->caps || r->told == r->caps)
		return;
	count = client_caps_more(r->caps, r->told, d->arena, &nodes);
	(void)client_caps_unref(r->told);
	r->told = client_caps_ref(r->caps);
	if (!count)
		return;
	ask_contacts(d, r, nodes, count);
	(void)pep_send_last(d, nodes, count, r->jid); /* the dispatch knows whether it waits */
}

static void send(struct entity *e, void *arg, enum err err)
{
	if (!err)
		router_act_in_order(e, act_send, arg);
}

void pep_online(struct dispatch *d, struct resource *r)
{
	if (r->is_available && r->caps && r->told != r->caps)
		dispatch_call(d, send, (void *)(uintptr_t)r->id);
}

void pep_offline(struct resource *r)
{
	r->told = client_caps_unref(r->told);
}

void pep_sees(struct dispatch *d, struct jid contact)
{
	if (!is_ours(d, contact.full))
		return;
	resource_each(r, &d->entity->resources)
	{
		struct str *nodes;
		size_t count = r->is_available && r->caps
				       ? client_caps_more(r->caps, NULL, d->arena, &nodes)
				       : 0;

		if (count)
			ask(d, r, jid_bare_str(contact), nodes, count);
	}
}

/* ---- being asked ---- */

bool pep_take_want(struct dispatch *d, enum verdict *ret_verdict)
{
	const struct xml *want = xml_child(d->stanza.el, NS_PARLEY_PEP, STR("want"));
	struct str nodes[CLIENT_CAPS_NODES_MAX];
	enum verdict v;
	size_t count = 0;

	if (!want)
		return false;
	xml_each (el, want) {
		struct str name = xml_text(el, d->arena);

		if (count < CLIENT_CAPS_NODES_MAX && xml_is(el, NS_PARLEY_PEP, STR("node")))
			nodes[count++] = name;
	}
	v = pep_send_last(d, nodes, count, d->stanza.from);
	*ret_verdict = v == PASS ? DONE : v;
	return true;
}
