/* SPDX-License-Identifier: Apache-2.0 */
/* The roster (RFC 6121 2). */
#include "server/feature/roster.h"

#include "base/mem.h"
#include "server/route/presence_view.h"
#include "server/route/roster_push.h"
#include "server/route/service.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.roster_items", CONF_INT, "2000", 10, 100000,
	  "Contacts that one account may have, and as many unanswered requests." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Roster", .keys = keys };

/* ---- get ---- */

static enum verdict on_get(struct dispatch *d)
{
	struct roster *roster = d->entity->roster;
	struct xml *query = stanza_payload(&d->stanza), *reply = reply_result(d->arena, &d->stanza),
		   *list;
	struct str ver = xml_attr(query, STR("ver")), now = roster_version_encode(roster, d->arena);
	struct roster_item *item;
	size_t at = 0;

	if (d->resource)
		d->resource->is_interested = true;
	if (ver.ptr && ver.len && str_eq(ver, now))
		return dispatch_reply(d, reply); /* RFC 6121 2.6.3: nothing has changed */
	list = xml_add_new(d->arena, reply, NS_ROSTER, STR("query"));
	xml_set(d->arena, list, STR("ver"), now);
	while ((item = map_next(&roster->items, &at))) {
		if (item->flags & ROSTER_LISTED)
			xml_add(list, roster_item_el(d->arena, item, false));
	}
	return dispatch_reply(d, reply);
}

/* ---- set ---- */

/* The groups as they are kept; RFC 6121 2.3.3 has an error for those that are not allowed. */
static bool read_groups(struct dispatch *d, const struct xml *el, struct str *ret_groups,
			enum condition *ret_error)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ROSTER_GROUPS_MAX * (ROSTER_TEXT_MAX + 1));
	struct str seen[ROSTER_GROUPS_MAX];
	size_t count = 0;

	xml_each (group, el) {
		struct str text = xml_text(group, d->arena);

		if (!xml_is(group, NS_ROSTER, STR("group")))
			continue;
		*ret_error = COND_NOT_ACCEPTABLE;
		if (!text.len || text.len > ROSTER_TEXT_MAX || count == ROSTER_GROUPS_MAX)
			return false;
		*ret_error = COND_BAD_REQUEST;
		for (size_t i = 0; i < count; i++) {
			if (str_eq(seen[i], text))
				return false;
		}
		seen[count++] = text;
		if (out.len)
			(void)sbuf_add_char(&out, ROSTER_SEPARATOR);
		(void)sbuf_add(&out, text);
	}
	*ret_groups = arena_dup(d->arena, sbuf_str(&out));
	return out.err == OK;
}

static void send_typed(struct dispatch *d, struct str type, struct str to)
{
	dispatch_route(d,
		       presence_new(d->arena, type, d->entity->jid.full, arena_dup(d->arena, to)));
}

/* RFC 6121 2.5.2: both directions end. */
static enum verdict remove_item(struct dispatch *d, struct jid jid)
{
	struct roster_item *item = roster_find(d->entity->roster, jid.full);

	if (!item || !(item->flags & ROSTER_LISTED))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (item->flags & (ROSTER_TO | ROSTER_PENDING_OUT))
		send_typed(d, STR("unsubscribe"), item->jid);
	if (item->flags & (ROSTER_FROM | ROSTER_PENDING_IN))
		send_typed(d, STR("unsubscribed"), item->jid);
	if (item->flags & ROSTER_FROM)
		presence_show_all(d, item->jid, true);
	roster_changed(d, item, true, true);
	return dispatch_result(d);
}

static enum verdict set_item(struct dispatch *d, const struct xml *el, struct jid jid)
{
	struct roster *roster = d->entity->roster;
	struct str name = xml_attr(el, STR("name")), groups;
	struct roster_item *item;
	enum condition error;

	if (name.len > ROSTER_TEXT_MAX)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	if (!read_groups(d, el, &groups, &error))
		return dispatch_error(d, error);
	item = roster_find(roster, jid.full);
	if ((!(item && (item->flags & ROSTER_LISTED)) &&
	     roster->listed >= (size_t)conf_int(d->home->conf, "limits.roster_items")) ||
	    roster_bytes(roster) + jid.full.len + name.len + groups.len > ROSTER_BYTES_MAX)
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT, STR("the roster is full"));
	item = roster_get(roster, jid.full);
	roster_describe(roster, item, name, groups);
	roster_changed(d, item, false, true);
	return dispatch_result(d);
}

static enum verdict on_set(struct dispatch *d)
{
	struct xml *el = xml_first(stanza_payload(&d->stanza));
	struct jid jid;

	if (!xml_is(el, NS_ROSTER, STR("item")) || xml_next(el) || !xml_attr(el, STR("jid")).ptr)
		return dispatch_error(d, COND_BAD_REQUEST);
	if (jid_parse(d->arena, xml_attr(el, STR("jid")), &jid))
		return dispatch_error(d, COND_JID_MALFORMED);
	jid = jid_bare(jid);
	if (jid_eq(jid, d->entity->jid))
		return dispatch_error(d, COND_NOT_ALLOWED);
	if (str_eq(xml_attr(el, STR("subscription")), STR("remove")))
		return remove_item(d, jid);
	return set_item(d, el, jid);
}

/* RFC 6121 2.3.3: nobody else's; but a service may have the right (XEP-0356 4.3). */
static enum verdict on_foreign(struct dispatch *d)
{
	const struct service *s = service_of(d->home, d->stanza.from);
	bool is_get = d->stanza.type == IQ_GET;

	if (!s && !roster_may_see(d->entity, d->stanza.from))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (!s || !(s->rights & (is_get ? SERVICE_ROSTER_GET : SERVICE_ROSTER_SET)))
		return dispatch_error(d, COND_FORBIDDEN);
	return is_get ? on_get(d) : on_set(d);
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->roster = roster_new();
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, ROSTER_SPACE) &&
		    roster_decode(e->roster, rows->key, rows->value))
			log_error(&e->log, "a roster item in the store cannot be read",
				  F_STR("contact", rows->key));
	}
}

static void on_unload(struct entity *e)
{
	roster_free(&e->roster);
}

static void stream_features(const struct home *h, struct arena *a, struct xml *features)
{
	(void)h;
	(void)xml_add_new(a, features, NS_ROSTER_VER, STR("ver"));
}

static const struct str spaces[] = { STR_INIT("roster"), { .ptr = NULL } };

static const struct iq_handler iq[] = {
	{ STR_INIT("jabber:iq:roster"), STR_INIT("query"), IQ_GET, TARGET_SELF, on_get },
	{ STR_INIT("jabber:iq:roster"), STR_INIT("query"), IQ_SET, TARGET_SELF, on_set },
	{ STR_INIT("jabber:iq:roster"), STR_INIT("query"), IQ_GET, TARGET_OTHER | TARGET_STRANGER,
	  on_foreign },
	{ STR_INIT("jabber:iq:roster"), STR_INIT("query"), IQ_SET, TARGET_OTHER | TARGET_STRANGER,
	  on_foreign },
	{ .run = NULL },
};

const struct feature feature_roster = {
	.name = "roster",
	.spec = "RFC 6121 2, XEP-0237 1.3",
	.test = "im/roster.talk, im/roster-errors.talk, im/roster-versioning.talk",
	.iq = iq,
	.conf = &table,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
	.stream_features = stream_features,
};
