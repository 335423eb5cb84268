/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and affiliations, see admin.h. A set of many changes is carried out whole or not at all. */
#include "server/room/admin.h"

#include "server/model/room_page.h"
#include "server/room/enter.h"
#include "server/room/invite.h"
#include "server/room/news.h"
#include "server/room/permit.h"
#include "server/room/versions.h"
#include "xep/form.h"
#include "xep/rsm.h"
#include "xmpp/ns.h"

enum { ITEMS_MAX = 500 /* of one set */ };

/* Who asks. */
struct actor {
	const struct occupant *occupant; /* NULL: not there */
	enum room_affiliation affiliation;
	enum room_role role;
	struct str nick; /* unset: not there; in the dispatch's arena */
};

/* One change, checked. */
struct change {
	struct str nick; /* of a role */
	struct str bare; /* of an affiliation */
	struct str reason, reserved;
	bool is_role;
	enum room_role role;
	enum room_affiliation affiliation;
};

static struct actor actor_of(struct dispatch *d, const struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	struct actor a = { .affiliation = room_members_get(&r->members, d->stanza.from) };

	if (s) {
		a.occupant = s->occupant;
		a.role = s->occupant->role;
		a.nick = arena_dup(d->arena, s->occupant->nick);
	}
	return a;
}

/* ---- lists ---- */

static void add_item(struct dispatch *d, struct xml *query, struct str affiliation, struct str jid,
		     const struct occupant *o)
{
	struct xml *item = xml_add_new(d->arena, query, NS_MUC_ADMIN, STR("item"));

	xml_set(d->arena, item, STR("affiliation"), affiliation);
	if (jid.ptr)
		xml_set(d->arena, item, STR("jid"), jid);
	if (o) {
		xml_set(d->arena, item, STR("nick"), o->nick);
		xml_set(d->arena, item, STR("role"), room_role_name(o->role));
	}
}

static struct str client_of(const struct occupant *o)
{
	return list_entry(o->sessions.next, struct room_session, link)->jid.full;
}

static void list_role(struct dispatch *d, const struct room *r, struct xml *query,
		      enum room_role role)
{
	const struct occupant *o;
	size_t at = 0;

	while ((o = map_next(&r->occupants, &at))) {
		if (o->role == role)
			add_item(d, query, room_affiliation_name(room_affiliation(r, o)),
				 arena_dup(d->arena, client_of(o)), o);
	}
}

static void add_member(struct dispatch *d, struct xml *query, const struct room_member *m)
{
	struct xml *item;

	add_item(d, query, room_affiliation_name(m->affiliation), m->jid, NULL);
	item = query->last;
	if (m->nick.len)
		xml_set(d->arena, item, STR("nick"), m->nick);
	if (m->reason.len)
		(void)xml_add_text_el(d->arena, item, NS_MUC_ADMIN, STR("reason"), m->reason);
}

static void list_affiliation(struct dispatch *d, const struct room *r, struct xml *query,
			     enum room_affiliation a)
{
	const struct room_member *m;
	size_t at = 0;

	while ((m = map_next(&r->members.items, &at))) {
		if (m->affiliation == a)
			add_member(d, query, m);
	}
}

/* Who asks with a <set/> gets a page (XEP-0059), in the order of addresses, which are its ids. */
static void list_page(struct dispatch *d, const struct room *r, struct xml *query,
		      enum room_affiliation a, const struct rsm *rsm)
{
	struct rsm_page said = { .has_count = true };
	struct room_page page;

	room_page_read(&r->members, a, rsm->after, rsm->has_max ? rsm->max : ROOM_PAGE_MAX,
		       d->arena, &page);
	for (size_t i = 0; i < page.count; i++)
		add_member(d, query, page.items[i]);
	said.count = page.total;
	if (page.count > 0) {
		said.first = page.items[0]->jid;
		said.last = page.items[page.count - 1]->jid;
		said.has_index = true;
		said.index = page.index;
	}
	rsm_write(d->arena, query, &said);
}

static enum verdict on_get(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	const struct xml *item = xml_child(stanza_payload(&d->stanza), NS_MUC_ADMIN, STR("item"));
	struct xml *reply = reply_result(d->arena, &d->stanza), *query;
	struct actor actor = actor_of(d, r);
	enum room_affiliation a;
	enum room_role role;
	struct rsm rsm;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (rsm_read(stanza_payload(&d->stanza), d->arena, &rsm))
		return dispatch_error(d, COND_BAD_REQUEST);
	query = xml_add_new(d->arena, reply, NS_MUC_ADMIN, STR("query"));
	if (room_affiliation_parse(xml_attr(item, STR("affiliation")), &a)) {
		if (!permit_list(r, actor.affiliation, actor.occupant, a))
			return dispatch_error(d, COND_FORBIDDEN);
		if (rsm.before.ptr || rsm.has_index)
			return dispatch_error(d, COND_FEATURE_NOT_IMPLEMENTED);
		if (rsm.is_set)
			list_page(d, r, query, a, &rsm);
		else
			list_affiliation(d, r, query, a);
	} else if (room_role_parse(xml_attr(item, STR("role")), &role) && role != ROLE_NONE) {
		if (actor.role != ROLE_MODERATOR && actor.affiliation < AFFILIATION_ADMIN)
			return dispatch_error(d, COND_FORBIDDEN);
		list_role(d, r, query, role);
	} else {
		return dispatch_error(d, COND_BAD_REQUEST);
	}
	return dispatch_reply(d, reply);
}

/* ---- what follows a change ---- */

/* What an occupant may be now: none, if he must go. */
static enum room_role role_now(const struct room *r, const struct occupant *o)
{
	enum room_affiliation a = room_affiliation(r, o);
	enum room_role least = room_role_of(a, r->config.is_moderated);

	if (a == AFFILIATION_OUTCAST || (r->config.is_members_only && a == AFFILIATION_NONE))
		return ROLE_NONE;
	if (a >= AFFILIATION_ADMIN)
		return ROLE_MODERATOR;
	return o->role > least && o->role != ROLE_MODERATOR ? o->role : least;
}

static void review_one(struct dispatch *d, struct room *r, struct occupant *o, struct telling *t)
{
	enum room_role role = role_now(r, o);

	if (role == ROLE_NONE) {
		t->is_gone = true;
		enter_out(d, r, o, t);
		return;
	}
	o->role = role;
	t->status[0] = 0;
	tell_all(d, r, o, t);
}

void admin_review(struct dispatch *d, struct room *r, struct str bare, int status, struct str actor,
		  struct str reason)
{
	struct occupant *o;
	bool is_change = bare.ptr && r->told_version != r->members.version, is_told = false;
	size_t at = 0;

	r->told_version = r->members.version;
	while ((o = map_next(&r->occupants, &at))) {
		struct telling t = { .status = { status },
				     .actor = actor,
				     .reason = reason,
				     .version = is_change ? TELL_CHANGE : TELL_NO_VERSION };
		bool is_meant = !bare.ptr || str_eq(o->bare, bare) ||
				(str_index(bare, '@') < 0 && str_ends(o->bare, bare) &&
				 o->bare.ptr[o->bare.len - bare.len - 1] == '@');

		if (!is_meant || (!bare.ptr && role_now(r, o) == o->role))
			continue;
		is_told = true;
		review_one(d, r, o, &t);
	}
	if (is_change && !is_told)
		versions_tell(d, r, bare);
}

/* ---- changes ---- */

static void set_affiliation(struct dispatch *d, struct room *r, const struct actor *actor,
			    const struct change *c)
{
	int status = c->affiliation == AFFILIATION_OUTCAST ? 301 : 321;
	bool is_new = c->affiliation > AFFILIATION_NONE && !room_members_find(&r->members, c->bare);

	room_members_set(&r->members, c->bare, c->affiliation, c->reserved,
			 c->reason.ptr ? c->reason : STR(""));
	room_store_member(d, r, c->bare);
	news_of_standing(d, r, c->bare);
	admin_review(d, r, c->bare, status, actor->nick, c->reason);
	if (is_new && r->config.is_members_only) /* 9.5: he may enter now, and should know */
		invite_send(d, r,
			    actor->nick.ptr ? room_nick_jid(d, actor->nick) : d->entity->jid.full,
			    c->bare, c->reason);
}

static void set_role(struct dispatch *d, struct room *r, const struct actor *actor,
		     const struct change *c)
{
	struct occupant *o = room_occupant(r, c->nick);
	struct telling t = { .actor = actor->nick, .reason = c->reason };

	if (!o)
		return;
	if (c->role == ROLE_NONE) {
		t.is_gone = true;
		t.status[0] = 307;
		enter_out(d, r, o, &t);
	} else if (o->role != c->role) {
		o->role = c->role;
		tell_all(d, r, o, &t);
	}
}

static bool refuse(enum condition why, enum condition *ret_why)
{
	*ret_why = why;
	return false;
}

static bool check_role(struct dispatch *d, const struct room *r, const struct actor *actor,
		       const struct xml *item, struct change *c, enum condition *ret_why)
{
	const struct occupant *o;
	struct str nick;

	if (jid_prep_resource(d->arena, xml_attr(item, STR("nick")), &nick) ||
	    !room_role_parse(xml_attr(item, STR("role")), &c->role))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (actor->role != ROLE_MODERATOR)
		return refuse(COND_FORBIDDEN, ret_why);
	o = room_occupant(r, nick);
	if (!o)
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	if (!room_may_appoint(actor->affiliation, actor->role, room_affiliation(r, o), o->role,
			      c->role))
		return refuse(COND_NOT_ALLOWED, ret_why);
	c->is_role = true;
	c->nick = nick;
	return true;
}

/* The nickname that goes with an affiliation (9.3): nobody else's. */
static bool check_reserved(struct dispatch *d, const struct room *r, const struct xml *item,
			   struct change *c, struct jid who, enum condition *ret_why)
{
	struct str nick = xml_attr(item, STR("nick"));

	if (!str_is_set(nick))
		return true;
	if (jid_prep_resource(d->arena, nick, &c->reserved))
		return refuse(COND_JID_MALFORMED, ret_why);
	return permit_nick(r, who, c->reserved, ret_why);
}

/* 9.1, 10.5: nobody bans himself, and the last owner stays. */
static bool check_affiliation(struct dispatch *d, const struct room *r, const struct actor *actor,
			      const struct xml *item, struct change *c, enum condition *ret_why)
{
	const struct occupant *o = room_occupant(r, xml_attr(item, STR("nick")));
	struct str text = xml_attr(item, STR("jid"));
	enum room_affiliation is;
	struct jid jid;

	if (!room_affiliation_parse(xml_attr(item, STR("affiliation")), &c->affiliation))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (actor->affiliation < AFFILIATION_ADMIN)
		return refuse(COND_FORBIDDEN, ret_why);
	if (!text.ptr && !o)
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	if (jid_parse(d->arena, text.ptr ? text : arena_dup(d->arena, o->bare), &jid))
		return refuse(COND_JID_MALFORMED, ret_why);
	if (!jid.node.len && c->affiliation > AFFILIATION_NONE)
		return refuse(COND_NOT_ACCEPTABLE, ret_why); /* a domain is no member */
	c->bare = jid_bare_str(jid);
	is = room_members_get(&r->members, jid);
	if (!room_may_affiliate(actor->affiliation, is, c->affiliation))
		return refuse(COND_NOT_ALLOWED, ret_why);
	if (is == AFFILIATION_OWNER && c->affiliation < AFFILIATION_OWNER &&
	    (r->members.owners == 1 ||
	     (jid_bare_eq(jid, d->stanza.from) && c->affiliation == AFFILIATION_OUTCAST)))
		return refuse(COND_CONFLICT, ret_why);
	if (jid_bare_eq(jid, d->stanza.from) && c->affiliation == AFFILIATION_OUTCAST)
		return refuse(COND_CONFLICT, ret_why);
	if (c->affiliation != AFFILIATION_NONE && !room_members_find(&r->members, c->bare) &&
	    !permit_member(d, r, ret_why))
		return false;
	return text.ptr && c->affiliation > AFFILIATION_NONE
		       ? check_reserved(d, r, item, c, jid, ret_why)
		       : true;
}

static bool check(struct dispatch *d, const struct room *r, const struct actor *actor,
		  const struct xml *item, struct change *c, enum condition *ret_why)
{
	struct str reason = xml_child_text(item, NS_MUC_ADMIN, STR("reason"), d->arena);

	if (!xml_is(item, NS_MUC_ADMIN, STR("item")) ||
	    (xml_attr(item, STR("affiliation")).ptr && xml_attr(item, STR("role")).ptr))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (reason.len > ROOM_REASON_MAX || xml_attr(item, STR("nick")).len > ROOM_NICK_MAX)
		return refuse(COND_POLICY_VIOLATION, ret_why);
	c->reason = reason.len ? reason : STR_NONE;
	return xml_attr(item, STR("affiliation")).ptr
		       ? check_affiliation(d, r, actor, item, c, ret_why)
		       : check_role(d, r, actor, item, c, ret_why);
}

/* Several changes may together take what each alone may not: the last owner. */
static bool leaves_owner(const struct room *r, const struct change *changes, size_t count)
{
	size_t owners = r->members.owners;

	for (size_t i = 0; i < count; i++) {
		const struct room_member *m = room_members_find(&r->members, changes[i].bare);
		bool was = m && m->affiliation == AFFILIATION_OWNER;

		if (changes[i].is_role)
			continue;
		owners += changes[i].affiliation == AFFILIATION_OWNER;
		owners -= was;
	}
	return owners > 0;
}

static enum verdict on_set(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct change *changes = arena_zalloc(d->arena, ITEMS_MAX * sizeof(*changes));
	struct actor actor = actor_of(d, r);
	enum condition why;
	size_t count = 0;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	xml_each (item, stanza_payload(&d->stanza)) {
		if (count == ITEMS_MAX)
			return dispatch_error(d, COND_POLICY_VIOLATION);
		if (!check(d, r, &actor, item, &changes[count++], &why))
			return dispatch_error(d, why);
	}
	if (!count)
		return dispatch_error(d, COND_BAD_REQUEST);
	if (!leaves_owner(r, changes, count))
		return dispatch_error(d, COND_CONFLICT);
	for (size_t i = 0; i < count; i++) {
		if (changes[i].is_role)
			set_role(d, r, &actor, &changes[i]);
		else
			set_affiliation(d, r, &actor, &changes[i]);
	}
	return dispatch_result(d);
}

/* ---- lists in the form of settings ---- */

bool admin_list_read(struct dispatch *d, const struct xml *form, struct str var,
		     struct admin_list *ret_list, enum condition *ret_why)
{
	struct admin_list list = { .is_set = form_field(form, var) != NULL };
	const struct str *values;
	size_t count = form_values(form, var, d->arena, &values);

	if (count > ITEMS_MAX)
		return refuse(COND_POLICY_VIOLATION, ret_why);
	list.jids = arena_alloc(d->arena, (count + 1) * sizeof(*list.jids));
	for (size_t i = 0; i < count; i++) {
		struct jid jid;

		if (!str_trim(values[i]).len)
			continue;
		if (jid_parse(d->arena, str_trim(values[i]), &jid) || !jid.node.len)
			return refuse(COND_NOT_ACCEPTABLE, ret_why);
		list.jids[list.count++] = jid_bare_str(jid);
	}
	*ret_list = list;
	return true;
}

static bool has_jid(const struct admin_list *list, struct str jid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->jids[i], jid))
			return true;
	}
	return false;
}

/* Who has lost it; in the arena. */
static struct admin_list missing(struct dispatch *d, const struct room *r, enum room_affiliation a,
				 const struct admin_list *list)
{
	struct admin_list gone = { .is_set = true };
	const struct room_member *m;
	size_t at = 0;

	gone.jids = arena_alloc(d->arena, (r->members.items.count + 1) * sizeof(*gone.jids));
	while ((m = map_next(&r->members.items, &at))) {
		if (m->affiliation == a && !has_jid(list, m->jid) &&
		    !str_eq(m->jid, jid_bare_str(d->stanza.from)))
			gone.jids[gone.count++] = arena_dup(d->arena, m->jid);
	}
	return gone;
}

void admin_list_apply(struct dispatch *d, struct room *r, enum room_affiliation a,
		      const struct admin_list *list)
{
	struct actor actor = actor_of(d, r);
	struct admin_list gone;
	struct change c = { .affiliation = a };
	enum condition why;

	if (!list->is_set)
		return;
	gone = missing(d, r, a, list);
	for (size_t i = 0; i < list->count; i++) {
		const struct room_member *m = room_members_find(&r->members, list->jids[i]);

		c.bare = list->jids[i];
		if ((m && m->affiliation >= a) || (!m && !permit_member(d, r, &why)))
			continue;
		set_affiliation(d, r, &actor, &c);
	}
	c.affiliation = AFFILIATION_NONE;
	for (size_t i = 0; i < gone.count; i++) {
		c.bare = gone.jids[i];
		set_affiliation(d, r, &actor, &c);
	}
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/muc#admin"), STR_INIT("query"), IQ_GET, TARGET_OTHER,
	  on_get },
	{ STR_INIT("http://jabber.org/protocol/muc#admin"), STR_INIT("query"), IQ_SET, TARGET_OTHER,
	  on_set },
	{ .run = NULL },
};

const struct feature room_admin_feature = {
	.name = "room_admin",
	.spec = "XEP-0045 1.35.5",
	.test = "rooms/roles.talk, rooms/affiliations.talk",
	.iq = iq,
};
