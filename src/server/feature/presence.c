/* SPDX-License-Identifier: Apache-2.0 */
/* Presence (RFC 6121 4). */
#include "server/feature/presence.h"

#include "base/mem.h"
#include "server/route/blocking.h"
#include "server/route/presence_view.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"
#include "xmpp/ns.h"

/* Whom a resource has sent directed presence (4.6), so that they hear of its end. */
enum {
	DIRECTED_MAX = 512,       /* addresses of one resource; past it the oldest is forgotten */
	PRESENCE_MAX = 16 * 1024, /* bytes, written, of what is told to all contacts and kept for
				     each session */
};

static void forget(struct resource *r, size_t i)
{
	mem_free((void *)(uintptr_t)r->directed[i].ptr);
	memmove(&r->directed[i], &r->directed[i + 1],
		(r->directed_count - i - 1) * sizeof(*r->directed));
	r->directed_count--;
}

static void note_directed(struct resource *r, struct str to, bool is_gone)
{
	for (size_t i = 0; i < r->directed_count; i++) {
		if (str_eq(r->directed[i], to)) {
			forget(r, i);
			break;
		}
	}
	if (is_gone)
		return;
	if (r->directed_count == DIRECTED_MAX)
		forget(r, 0);
	r->directed = mem_grow(r->directed, (r->directed_count + 1) * sizeof(*r->directed));
	r->directed[r->directed_count++] = str_make(str_dup(to), to.len);
}

static void forget_all(struct resource *r)
{
	while (r->directed_count)
		forget(r, r->directed_count - 1);
	mem_free(r->directed);
	r->directed = NULL;
}

/* ---- the user's presence ---- */

/* 4.2.2: a resource that has just become available learns who is there. */
static void learn(struct dispatch *d, struct resource *r)
{
	struct str from = arena_dup(d->arena, r->jid.full);
	struct roster_item *item;
	size_t at = 0;

	while ((!r->is_invisible || r->may_probe) &&
	       (item = map_next(&d->entity->roster->items, &at))) {
		if (item->flags & ROSTER_TO)
			dispatch_route(d, presence_new(d->arena, STR("probe"), from,
						       arena_dup(d->arena, item->jid)));
	}
	resource_each(other, &d->entity->resources)
	{
		if (other != r && resource_is_seen(other))
			dispatch_deliver(d, r, presence_of(d->arena, other, r->jid.full));
	}
}

static int8_t priority_of(const struct dispatch *d)
{
	struct str text =
		str_trim(xml_child_text(d->stanza.el, NS_CLIENT, STR("priority"), d->arena));
	int64_t n;

	if (str_starts(text, STR("+")))
		text = str_from_at(text, 1);
	return str_to_i64(text, &n) == OK && n >= -128 && n <= 127 ? (int8_t)n : 0;
}

static enum verdict become_available(struct dispatch *d)
{
	struct resource *r = d->resource;
	bool is_first = !r->is_available;
	struct bytes *bytes = dispatch_bytes(d, d->stanza.el);

	if (!bytes->len || bytes->len > PRESENCE_MAX) {
		(void)bytes_unref(bytes);
		return dispatch_error_text(d, COND_POLICY_VIOLATION,
					   STR("this presence is too long for all contacts"));
	}
	r->is_available = true;
	r->had_presence = true;
	r->priority = priority_of(d);
	(void)bytes_unref(r->presence);
	r->presence = bytes;
	presence_broadcast(d, r, d->stanza.el);
	if (is_first)
		learn(d, r);
	return PASS;
}

static void become_unavailable(struct dispatch *d, struct resource *r, const struct xml *el)
{
	bool was_available = r->is_available, was_seen = resource_is_seen(r);

	if (was_available) {
		r->is_available = false;
		r->had_presence = false;
		r->presence = bytes_unref(r->presence);
		presence_broadcast(d, r, el);
	}
	for (size_t i = 0; i < r->directed_count; i++) {
		struct jid to;

		/* Contacts have heard it with the broadcast. */
		if (jid_parse(d->arena, arena_dup(d->arena, r->directed[i]), &to) == OK &&
		    !(was_seen && roster_may_see(d->entity, to)))
			dispatch_route(d, presence_to(d->arena, el, to.full));
	}
	forget_all(r);
}

static enum verdict send_directed(struct dispatch *d)
{
	struct resource *r = d->resource;

	if (r)
		note_directed(r, d->stanza.to.full, d->stanza.type == PRESENCE_UNAVAILABLE);
	dispatch_route(d, d->stanza.el);
	return PASS;
}

static enum verdict on_out(struct dispatch *d)
{
	bool is_directed = jid_is_set(d->stanza.to);

	if (!d->resource)
		return DONE;
	switch (d->stanza.type) {
	case PRESENCE_AVAILABLE:
		return is_directed ? send_directed(d) : become_available(d);
	case PRESENCE_UNAVAILABLE:
		if (is_directed)
			return send_directed(d);
		become_unavailable(d, d->resource, d->stanza.el);
		return PASS;
	case PRESENCE_ERROR:
		if (is_directed)
			dispatch_route(d, d->stanza.el);
		return DONE;
	case PRESENCE_PROBE: /* 4.3: servers do this for their users; a client that asks gets the
				same answers */
		if (!is_directed)
			return dispatch_error(d, COND_BAD_REQUEST);
		dispatch_route(d, d->stanza.el);
		return DONE;
	default:
		return dispatch_error(d, COND_BAD_REQUEST);
	}
}

/* ---- others' presence ---- */

/* 4.3.2 */
static enum verdict on_probe(struct dispatch *d)
{
	bool is_any = false;
	struct str from = d->stanza.from.full;

	if (!roster_may_see(d->entity, d->stanza.from)) {
		dispatch_route(d, presence_new(d->arena, STR("unsubscribed"), d->entity->jid.full,
					       jid_bare_str(d->stanza.from)));
		return DONE;
	}
	resource_each(r, &d->entity->resources)
	{
		if (!resource_is_seen(r))
			continue;
		is_any = true;
		dispatch_route(d, presence_of(d->arena, r, from));
	}
	if (!is_any)
		dispatch_route(d, presence_new(d->arena, STR("unavailable"), d->entity->jid.full,
					       from));
	return DONE;
}

/* XEP-0356 7.4: what local users say of themselves is seen with the users. */
static void show_contact(struct dispatch *d)
{
	const struct roster_item *item;

	if (str_eq(d->stanza.from.domain, d->home->domain) ||
	    (d->stanza.type != PRESENCE_AVAILABLE && d->stanza.type != PRESENCE_UNAVAILABLE))
		return;
	item = roster_find(d->entity->roster, jid_bare_str(d->stanza.from));
	if (item && (item->flags & ROSTER_TO))
		presence_show_services(d, d->stanza.el, SERVICE_ROSTER_PRESENCE);
}

static enum verdict on_in(struct dispatch *d)
{
	struct bytes *bytes;

	if (d->stanza.type == PRESENCE_PROBE)
		return on_probe(d);
	show_contact(d);
	if (jid_is_full(d->stanza.to)) {
		struct resource *r = resource_by_name(&d->entity->resources, d->stanza.to.resource);

		if (r)
			dispatch_deliver(d, r, d->stanza.el);
		return PASS;
	}
	if (d->stanza.type == PRESENCE_ERROR)
		return DONE;
	bytes = dispatch_bytes(d, d->stanza.el);
	resource_each(r, &d->entity->resources)
	{
		if (r->is_available)
			dispatch_deliver_bytes(d, r, bytes);
	}
	(void)bytes_unref(bytes);
	return PASS;
}

/* A session that ends without saying so (4.5.3). */
static void on_close(struct dispatch *d, struct resource *r)
{
	become_unavailable(d, r,
			   presence_new(d->arena, STR("unavailable"),
					arena_dup(d->arena, r->jid.full), STR_NONE));
}

/* ---- blocking (XEP-0191 3.3 and 3.4) ---- */

/* The contact seems to be gone, or is asked how he is (XEP-0016 2.9, note; RFC 6121 4.3.1). */
static void see_contact(struct dispatch *d, struct str contact, bool is_blocked)
{
	resource_each(r, &d->entity->resources)
	{
		struct str self = arena_dup(d->arena, r->jid.full);

		if (!r->is_available)
			continue;
		if (is_blocked)
			dispatch_deliver(d, r,
					 presence_new(d->arena, STR("unavailable"), contact, self));
		else if (!r->is_invisible || r->may_probe)
			dispatch_route(d, presence_new(d->arena, STR("probe"), self, contact));
	}
}

static void change_contacts(struct dispatch *d, const struct blocklist *changed, bool is_blocked)
{
	struct roster_item *item;
	size_t at = 0;

	while ((item = map_next(&d->entity->roster->items, &at))) {
		struct str contact = item->jid;
		struct jid who;

		/* Whom another address of the list covers, too, sees no change. */
		if (jid_parse(d->arena, contact, &who) || !blocklist_covers(changed, who) ||
		    blocking_covers(d->entity, who))
			continue;
		contact = arena_dup(d->arena, contact);
		if (item->flags & ROSTER_FROM)
			presence_show_all(d, contact, is_blocked);
		if (item->flags & ROSTER_TO)
			see_contact(d, contact, is_blocked);
	}
}

/* One resource of a contact. */
static void change_resources(struct dispatch *d, const struct blocklist *changed, bool is_blocked)
{
	const struct blocklist_item *item;
	size_t at = 0;

	while ((item = map_next(&changed->items, &at))) {
		struct jid who;

		if (jid_parse(d->arena, arena_dup(d->arena, item->jid), &who) == OK &&
		    jid_is_full(who) && !blocking_covers(d->entity, who) &&
		    roster_may_see(d->entity, who) && !jid_bare_eq(d->entity->jid, who))
			presence_show_all(d, who.full, is_blocked);
	}
}

/* Who has directed presence hears of its end: rooms are left. */
static void end_directed(struct dispatch *d, struct resource *r, const struct blocklist *changed)
{
	for (size_t i = r->directed_count; i-- > 0;) {
		struct jid to;

		if (jid_parse(d->arena, arena_dup(d->arena, r->directed[i]), &to) ||
		    !blocklist_covers(changed, to) || blocking_covers(d->entity, to))
			continue;
		forget(r, i);
		if (!(resource_is_seen(r) && roster_may_see(d->entity, to)))
			dispatch_route(d, presence_new(d->arena, STR("unavailable"),
						       arena_dup(d->arena, r->jid.full), to.full));
	}
}

static void on_blocking(struct dispatch *d, const struct blocklist *changed, bool is_blocked)
{
	change_contacts(d, changed, is_blocked);
	change_resources(d, changed, is_blocked);
	if (!is_blocked)
		return;
	resource_each(r, &d->entity->resources) end_directed(d, r, changed);
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_DELIVER, on_out },
	{ STANZA_PRESENCE, WAY_IN, PHASE_DELIVER, on_in },
	{ .run = NULL },
};

const struct feature feature_presence = {
	.name = "presence",
	.spec = "RFC 6121 4",
	.test = "im/presence.talk, im/presence-directed.talk, im/presence-probe.talk",
	.hooks = hooks,
	.on_close = on_close,
	.on_blocking = on_blocking,
};
