/* SPDX-License-Identifier: Apache-2.0 */
/* Presence subscriptions (RFC 6121 3): the rules are in model/subscription.c. */
#include "server/feature/subscription.h"

#include "server/quiet/quiet_box.h"
#include "server/route/blocking.h"
#include "server/route/presence_view.h"
#include "server/route/roster_push.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static bool verb_of(const struct stanza *s, enum subscription_verb *ret_verb)
{
	static const struct {
		enum stanza_type type;
		enum subscription_verb verb;
	} rows[] = { { PRESENCE_SUBSCRIBE, SUBSCRIBE },
		     { PRESENCE_SUBSCRIBED, SUBSCRIBED },
		     { PRESENCE_UNSUBSCRIBE, UNSUBSCRIBE },
		     { PRESENCE_UNSUBSCRIBED, UNSUBSCRIBED } };

	for (size_t i = 0; i < array_len(rows); i++) {
		if (rows[i].type == s->type) {
			*ret_verb = rows[i].verb;
			return true;
		}
	}
	return false;
}

/* Others' requests must not fill what the user's own contacts need: each has a bound of its own. */
static bool has_room(const struct dispatch *d, struct str jid, bool is_request)
{
	const struct roster *r = d->entity->roster;
	const struct roster_item *item = roster_find(r, jid);
	size_t max = (size_t)conf_int(d->home->conf, "limits.roster_items");

	if (is_request)
		return item || r->items.count - r->listed < max;
	return (item && (item->flags & ROSTER_LISTED)) ||
	       (r->listed < max && roster_bytes(r) + jid.len <= ROSTER_BYTES_MAX);
}

/* ---- the user speaks ---- */

static enum verdict on_out(struct dispatch *d)
{
	enum subscription_verb verb;
	struct subscription_change c;
	struct roster_item *item;
	struct jid to = jid_bare(d->stanza.to);

	if (!verb_of(&d->stanza, &verb))
		return PASS;
	if (!jid_is_set(to) || jid_eq(to, d->entity->jid))
		return dispatch_error(d, COND_BAD_REQUEST);
	if ((verb == SUBSCRIBE || verb == SUBSCRIBED) && !has_room(d, to.full, false))
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT, STR("the roster is full"));
	item = roster_get(d->entity->roster, to.full);
	c = subscription_out(item->flags, verb);
	/* RFC 6121 3.1.2 and others: from and to the bare JIDs. */
	if (c.is_passed_on) {
		stanza_set_from(d->arena, &d->stanza, d->entity->jid);
		stanza_set_to(d->arena, &d->stanza, to);
		dispatch_route(d, d->stanza.el);
	}
	if (c.is_shown || c.is_hidden)
		presence_show_all(d, to.full, c.is_hidden);
	if (c.flags != item->flags || !item->flags) {
		roster_set_flags(d->entity->roster, item, c.flags);
		roster_changed(d, item, false, c.is_push);
	}
	return DONE;
}

/* ---- a contact speaks ---- */

static void tell_clients(struct dispatch *d)
{
	struct bytes *bytes = dispatch_bytes(d, d->stanza.el);

	resource_each(r, &d->entity->resources)
	{
		/* RFC 6121 3.1.3: requests to available resources, changes to interested ones. */
		if (d->stanza.type == PRESENCE_SUBSCRIBE ? r->is_available
							 : r->is_interested || r->is_available)
			dispatch_deliver_bytes(d, r, bytes);
	}
	(void)bytes_unref(bytes);
}

/* Kept whole, unless it is too long: then the request without what it carries. */
static void keep_request(struct dispatch *d, struct roster_item *item)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ROSTER_REQUEST_MAX);

	if (xml_write(&out, d->stanza.el, NS_CLIENT)) {
		sbuf_reset(&out);
		(void)xml_write(&out,
				presence_new(d->arena, STR("subscribe"), d->stanza.from.full,
					     d->entity->jid.full),
				NS_CLIENT);
	}
	roster_set_request(item, sbuf_str(&out));
}

static void answer(struct dispatch *d, enum subscription_verb verb, struct str contact)
{
	dispatch_route(d, presence_new(d->arena,
				       verb == SUBSCRIBE ? STR("subscribed") : STR("unsubscribed"),
				       d->entity->jid.full, contact));
}

static enum verdict on_in(struct dispatch *d)
{
	enum subscription_verb verb;
	struct subscription_change c;
	struct roster_item *item;
	struct jid from = jid_bare(d->stanza.from);

	if (!verb_of(&d->stanza, &verb))
		return PASS;
	item = roster_find(d->entity->roster, from.full);
	if (!item && (verb != SUBSCRIBE || !has_room(d, from.full, true)))
		return DONE; /* nothing that it could change */
	if (verb == SUBSCRIBE && d->is_quiet && !item && !quiet_keep_request(d, from.full))
		return DONE;
	if (!item)
		item = roster_get(d->entity->roster, from.full);
	c = subscription_in(item->flags, verb);
	if (c.is_passed_on && !quiet_hides_request(d->entity, from.full))
		tell_clients(d);
	if (verb == UNSUBSCRIBE)
		quiet_drop_request(d, from.full);
	if (c.is_answered)
		answer(d, verb, from.full);
	if (c.is_shown || c.is_hidden)
		presence_show_all(d, from.full, c.is_hidden);
	if (c.flags == item->flags)
		return DONE;
	roster_set_flags(d->entity->roster, item, c.flags);
	if (verb == SUBSCRIBE && (c.flags & ROSTER_PENDING_IN))
		keep_request(d, item);
	roster_changed(d, item, false, c.is_push);
	return DONE;
}

/* ---- a client becomes available: RFC 6121 3.1.3, requests that nobody has answered ---- */

static enum verdict on_available(struct dispatch *d)
{
	struct roster_item *item;
	size_t at = 0;

	if (d->stanza.type != PRESENCE_AVAILABLE || jid_is_set(d->stanza.to) || !d->resource ||
	    d->resource->had_presence)
		return PASS;
	while ((item = map_next(&d->entity->roster->items, &at))) {
		if (item->request.len && !quiet_hides_request(d->entity, item->jid) &&
		    !blocking_covers_text(d->entity, d->arena, item->jid)) {
			struct bytes *bytes = bytes_new(item->request);

			dispatch_deliver_bytes(d, d->resource, bytes);
			(void)bytes_unref(bytes);
		}
		/* 3.1.2: what was asked and not answered is asked again; the other side drops what
		 * it has. */
		if (item->flags & ROSTER_PENDING_OUT)
			dispatch_route(d,
				       presence_new(d->arena, STR("subscribe"), d->entity->jid.full,
						    arena_dup(d->arena, item->jid)));
	}
	return PASS;
}

static void stream_features(const struct home *h, struct arena *a, struct xml *features)
{
	(void)h;
	(void)xml_add_new(a, features, NS_PRE_APPROVAL, STR("sub"));
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STORE, on_out },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STORE, on_in },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STORE, on_available },
	{ .run = NULL },
};

const struct feature feature_subscription = {
	.name = "subscription",
	.spec = "RFC 6121 3",
	.test = "im/subscribe.talk, im/unsubscribe.talk, im/subscribe-denied.talk, im/preapproval.talk",
	.hooks = hooks,
	.stream_features = stream_features,
};
