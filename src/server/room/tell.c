/* SPDX-License-Identifier: Apache-2.0 */
/* Presence of a room, see tell.h. */
#include "server/room/tell.h"

#include "server/room/hats.h"
#include "server/route/post.h"
#include "xml/build.h"
#include "xmpp/ns.h"

static void add_status(struct dispatch *d, struct xml *x, int code)
{
	xml_set(d->arena, xml_add_new(d->arena, x, NS_MUC_USER, STR("status")), STR("code"),
		arena_printf(d->arena, "%d", code));
}

/* What the occupant said last, without what only the room may say. */
static struct xml *base(struct dispatch *d, const struct occupant *o, bool is_gone)
{
	struct xml *el;

	if (o->presence && !is_gone &&
	    !xml_parse(d->arena, arena_dup(d->arena, bytes_str(o->presence)), &post_scope,
		       &post_limits, &el))
		return el;
	return xml_new(d->arena, NS_CLIENT, STR("presence"));
}

/* ---- versions of affiliations (XEP-0463) ---- */

static struct str version_text(struct dispatch *d, int64_t version)
{
	return arena_printf(d->arena, "%llx", (unsigned long long)version);
}

void tell_version(struct dispatch *d, const struct room *r, struct xml *x, bool is_change)
{
	struct xml *mav = xml_add_new(d->arena, x, NS_MAV, STR("mav"));

	if (is_change)
		xml_set(d->arena, mav, STR("since"), version_text(d, r->members.previous));
	xml_set(d->arena, mav, STR("until"), version_text(d, r->members.version));
}

/* ---- presence ---- */

static struct xml *make_item(struct dispatch *d, const struct room *r, const struct occupant *o,
			     const struct telling *t)
{
	struct xml *item = xml_new(d->arena, NS_MUC_USER, STR("item"));
	struct str affiliation =
		t->affiliation.ptr ? t->affiliation : room_affiliation_name(room_affiliation(r, o));

	xml_set(d->arena, item, STR("affiliation"), affiliation);
	xml_set(d->arena, item, STR("role"),
		room_role_name(t->is_gone && !t->nick.ptr ? ROLE_NONE : o->role));
	if (t->nick.ptr)
		xml_set(d->arena, item, STR("nick"), t->nick);
	if (t->actor.ptr)
		xml_set(d->arena, xml_add_new(d->arena, item, NS_MUC_USER, STR("actor")),
			STR("nick"), t->actor);
	if (t->reason.ptr)
		(void)xml_add_text_el(d->arena, item, NS_MUC_USER, STR("reason"), t->reason);
	return item;
}

/* jid: the address that the receivers may see, or unset. */
static struct xml *make(struct dispatch *d, const struct room *r, const struct occupant *o,
			const struct telling *t, struct str jid)
{
	struct xml *el = base(d, o, t->is_gone), *x, *item = make_item(d, r, o, t);

	xml_set(d->arena, el, STR("from"), room_nick_jid(d, o->nick));
	if (t->is_gone)
		xml_set(d->arena, el, STR("type"), STR("unavailable"));
	if (t->said.ptr)
		(void)xml_add_text_el(d->arena, el, NS_CLIENT, STR("status"), t->said);
	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	if (jid.ptr)
		xml_set(d->arena, item, STR("jid"), jid);
	xml_add(x, item);
	if (t->version == TELL_CHANGE)
		tell_version(d, r, x, true);
	if (t->destroy)
		xml_add(x, xml_copy(d->arena, t->destroy));
	for (size_t i = 0; i < TELL_STATUS_MAX && t->status[i]; i++)
		add_status(d, x, t->status[i]);
	xml_set(d->arena, xml_add_new(d->arena, el, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
		o->id);
	if (!t->is_gone)
		hats_add(d, r, el, o->bare);
	return el;
}

static struct str address_of(struct dispatch *d, const struct occupant *o)
{
	const struct room_session *s = list_entry(o->sessions.next, struct room_session, link);

	return list_is_empty(&o->sessions) ? arena_dup(d->arena, o->bare)
					   : arena_dup(d->arena, s->jid.full);
}

static void add_self(struct dispatch *d, const struct room *r, struct xml *el,
		     const struct telling *t)
{
	struct xml *x = xml_child(el, NS_MUC_USER, STR("x"));

	add_status(d, x, 110);
	for (size_t i = 0; i < TELL_STATUS_MAX && t->for_self[i]; i++)
		add_status(d, x, t->for_self[i]);
	if (t->version == TELL_VERSION)
		tell_version(d, r, x, false);
	if (t->id.ptr)
		xml_set(d->arena, el, STR("id"), t->id);
}

void tell_stanza(struct dispatch *d, struct jid to, const struct xml *el)
{
	struct audience *one = audience_new(d->home);

	audience_add(one, to);
	dispatch_share(d, one, el);
	(void)audience_unref(one);
}

void tell_one(struct dispatch *d, struct room *r, const struct occupant *o, const struct telling *t,
	      struct jid to, bool is_self)
{
	const struct room_session *s = room_session(r, to.full);
	bool sees = is_self || (s && room_sees_jids(r, s->occupant));
	struct xml *el = make(d, r, o, t, sees ? address_of(d, o) : STR_NONE);

	if (is_self)
		add_self(d, r, el, t);
	tell_stanza(d, to, el);
}

/* 15.5.3 muc#roomconfig_presencebroadcast: whether others are told of him. */
static bool is_broadcast(const struct room *r, const struct occupant *o, const struct telling *t)
{
	return (r->config.broadcast & (1 << o->role)) || t->is_gone;
}

/* He is there: nothing else is to be told with it. */
static bool is_plain(const struct telling *t)
{
	return !t->is_gone && !t->status[0] && !t->nick.ptr && !t->actor.ptr && !t->reason.ptr &&
	       !t->said.ptr && !t->affiliation.ptr && !t->destroy && t->version != TELL_CHANGE;
}

/* Written once for all who see the same of him. A count stays his. */
static struct bytes *text_of(struct dispatch *d, const struct room *r, struct occupant *o,
			     bool sees)
{
	const struct telling nothing = { 0 };

	if (!o->text[sees])
		o->text[sees] = dispatch_bytes(d, make(d, r, o, &nothing,
						       sees ? address_of(d, o) : STR_NONE));
	return o->text[sees];
}

void tell_present(struct dispatch *d, struct room *r, struct occupant *o, struct audience *a,
		  bool sees)
{
	dispatch_share_bytes(d, a, text_of(d, r, o, sees));
}

static void tell_some(struct dispatch *d, struct room *r, struct occupant *o,
		      const struct telling *t, bool sees)
{
	struct audience *a = room_everybody(r);
	struct audience_view view = audience_now(a);
	struct bytes *bytes;

	view.sight = sees ? AUDIENCE_SEEING : AUDIENCE_OTHERS;
	view.skip = o->tag;
	if (is_plain(t))
		bytes = bytes_ref(text_of(d, r, o, sees));
	else
		bytes = dispatch_bytes(d, make(d, r, o, t, sees ? address_of(d, o) : STR_NONE));
	dispatch_share_view(d, a, view, bytes);
	(void)bytes_unref(bytes);
}

static void tell_others(struct dispatch *d, struct room *r, struct occupant *o,
			const struct telling *t)
{
	bool sees = room_sees_jids(r, o);
	size_t own = 0, seeing, others;

	list_each (link, &o->sessions) {
		room_listen(r, list_entry(link, struct room_session, link));
		own++;
	}
	if (!is_broadcast(r, o, t))
		return;
	seeing = room_everybody(r)->seeing; /* which may be made anew for each */
	others = room_everybody(r)->others;
	if (seeing > (sees ? own : 0))
		tell_some(d, r, o, t, true);
	if (others > (sees ? 0 : own))
		tell_some(d, r, o, t, false);
}

void tell_all(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t)
{
	room_changed(o);
	if (!o->is_shown && o->role == ROLE_MODERATOR && !t->is_gone)
		room_show(r, o);
	if (o->is_shown)
		tell_others(d, r, o, t);
	list_each (link, &o->sessions) {
		struct room_session *s = list_entry(link, struct room_session, link);

		room_listen(r, s);
		if (!t->is_for_others)
			tell_one(d, r, o, t, s->jid, true);
	}
}
