/* SPDX-License-Identifier: Apache-2.0 */
/* Presence stanzas of resources, see presence_view.h. */
#include "server/route/presence_view.h"

#include "server/route/post.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"
#include "xml/build.h"
#include "xmpp/ns.h"

struct xml *presence_new(struct arena *a, struct str type, struct str from, struct str to)
{
	struct xml *el = xml_new(a, NS_CLIENT, STR("presence"));

	xml_set(a, el, STR("type"), type);
	xml_set(a, el, STR("from"), from);
	xml_set(a, el, STR("to"), to);
	return el;
}

struct xml *presence_of(struct arena *a, const struct resource *r, struct str to)
{
	struct xml *el;

	/* We wrote it ourselves; but the arena may be used up, by many such. Then what matters most
	 * must do. */
	if (xml_parse(a, arena_dup(a, bytes_str(r->presence)), &post_scope, &post_limits, &el))
		return presence_new(a, STR_NONE, arena_dup(a, r->jid.full), to);
	xml_set(a, el, STR("to"), to);
	return el;
}

struct xml *presence_to(struct arena *a, const struct xml *el, struct str to)
{
	struct xml *copy = xml_copy(a, el);

	xml_set(a, copy, STR("to"), to);
	return copy;
}

void presence_show_all(struct dispatch *d, struct str to, bool is_unavailable)
{
	to = arena_dup(d->arena, to);
	resource_each(r, &d->entity->resources)
	{
		if (!resource_is_seen(r))
			continue;
		dispatch_route(d, is_unavailable
					  ? presence_new(d->arena, STR("unavailable"),
							 arena_dup(d->arena, r->jid.full), to)
					  : presence_of(d->arena, r, to));
	}
}

void presence_show_services(struct dispatch *d, const struct xml *el, unsigned right)
{
	const struct services *all = d->home->services;

	for (size_t i = 0; all && i < all->count; i++) {
		if ((all->items[i].rights & right) &&
		    !str_eq(all->items[i].domain, d->stanza.from.domain))
			dispatch_route_quietly(d, presence_to(d->arena, el,
							      arena_dup(d->arena,
									all->items[i].domain)));
	}
}

void presence_broadcast(struct dispatch *d, struct resource *r, const struct xml *el)
{
	struct roster_item *item;
	struct bytes *bytes;
	size_t at = 0;

	if (r->is_invisible) { /* XEP-0186 3.1: it alone sees what became of it */
		dispatch_deliver(d, r, presence_to(d->arena, el, d->entity->jid.full));
		return;
	}
	while ((item = map_next(&d->entity->roster->items, &at))) {
		if (item->flags & ROSTER_FROM)
			dispatch_route(d,
				       presence_to(d->arena, el, arena_dup(d->arena, item->jid)));
	}
	presence_show_services(d, el, SERVICE_PRESENCE);
	bytes = dispatch_bytes(d, presence_to(d->arena, el, d->entity->jid.full));
	resource_each(other, &d->entity->resources)
	{
		if (other->is_available || other == r)
			dispatch_deliver_bytes(d, other, bytes);
	}
	(void)bytes_unref(bytes);
}

static bool is_below(struct str address, struct str bare)
{
	return str_starts(address, bare) &&
	       (address.len == bare.len || address.ptr[bare.len] == '/');
}

bool presence_is_directed(const struct entity *e, struct str bare)
{
	resource_each(r, &e->resources)
	{
		for (size_t i = 0; i < r->directed_count; i++) {
			if (is_below(r->directed[i], bare))
				return true;
		}
	}
	return false;
}
