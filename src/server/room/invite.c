/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations and requests for voice, see invite.h. */
#include "server/room/invite.h"

#include "server/room/news.h"
#include "server/room/permit.h"
#include "server/room/tell.h"
#include "server/room/versions.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { INVITES_MAX = 20 /* in one message */ };

/* ---- invitations ---- */

static bool may_invite(const struct room *r, const struct occupant *o)
{
	if (!r->config.is_members_only || r->config.allow_invites)
		return true;
	return room_affiliation(r, o) >= AFFILIATION_ADMIN;
}

static struct xml *message_to(struct dispatch *d, struct str to)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message"));

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("to"), to);
	if (d->stanza.id.ptr)
		xml_set(d->arena, el, STR("id"), d->stanza.id);
	return el;
}

/* <invite/> or <decline/> as the room hands it on: from says whose it is. */
static void hand_on(struct dispatch *d, const struct room *r, const struct xml *what,
		    struct str from, struct str to)
{
	struct xml *el = message_to(d, to), *x, *copy;
	struct str reason = xml_child_text(what, NS_MUC_USER, STR("reason"), d->arena);
	bool is_invite = str_eq(what->name, STR("invite"));

	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	copy = xml_copy(d->arena, what);
	xml_set(d->arena, copy, STR("to"), STR_NONE);
	xml_set(d->arena, copy, STR("from"), from);
	xml_add(x, copy);
	if (is_invite && r->config.has_password && r->config.secret.len)
		(void)xml_add_text_el(d->arena, x, NS_MUC_USER, STR("password"), r->config.secret);
	if (is_invite) { /* what came before XEP-0045 1.20 still waits for this */
		x = xml_add_new(d->arena, el, NS_CONFERENCE, STR("x"));
		xml_set(d->arena, x, STR("jid"), d->entity->jid.full);
		if (reason.len)
			xml_add_text(d->arena, x, reason);
	}
	dispatch_route(d, el);
}

void invite_send(struct dispatch *d, const struct room *r, struct str from, struct str to,
		 struct str reason)
{
	struct xml *what = xml_new(d->arena, NS_MUC_USER, STR("invite"));

	if (reason.len)
		(void)xml_add_text_el(d->arena, what, NS_MUC_USER, STR("reason"), reason);
	hand_on(d, r, what, from, to);
}

static enum verdict invite(struct dispatch *d, struct room *r, const struct occupant *o,
			   const struct xml *what)
{
	struct jid to;

	if (jid_parse(d->arena, xml_attr(what, STR("to")), &to))
		return dispatch_error(d, COND_JID_MALFORMED);
	if (!may_invite(r, o))
		return dispatch_error(d, COND_FORBIDDEN);
	if (r->config.is_members_only && room_members_get(&r->members, to) == AFFILIATION_NONE) {
		struct str bare = jid_bare_str(to);
		enum condition why;

		if (!permit_member(d, r, &why))
			return dispatch_error(d, why);
		room_members_set(&r->members, bare, AFFILIATION_MEMBER, STR_NONE, STR_NONE);
		room_store_member(d, r, bare);
		news_of_standing(d, r, bare);
		r->told_version = r->members.version;
		versions_tell(d, r, bare);
	}
	/* Who does not see addresses is not seen himself: the room keeps his name for him. */
	hand_on(d, r, what,
		r->config.whois == WHOIS_ANYONE ? d->stanza.from.full : room_nick_jid(d, o->nick),
		to.full);
	return PASS;
}

/* Only to somebody who is there: nobody writes to strangers through a room. */
static enum verdict decline(struct dispatch *d, struct room *r, const struct xml *what)
{
	const struct occupant *o;
	struct jid to;

	if (jid_parse(d->arena, xml_attr(what, STR("to")), &to))
		return dispatch_error(d, COND_JID_MALFORMED);
	o = jid_bare_eq(to, d->entity->jid) ? room_occupant(r, to.resource)
					    : room_occupant_by_bare(r, jid_bare_str(to));
	if (!o)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	hand_on(d, r, what, jid_bare_str(d->stanza.from),
		arena_dup(d->arena,
			  list_entry(o->sessions.next, struct room_session, link)->jid.full));
	return DONE;
}

static enum verdict take_x(struct dispatch *d, struct room *r, const struct xml *x)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	const struct xml *declined = xml_child(x, NS_MUC_USER, STR("decline"));
	unsigned count = 0;

	if (declined)
		return decline(d, r, declined);
	if (!s)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	xml_each (child, x) {
		if (!xml_is(child, NS_MUC_USER, STR("invite")))
			continue;
		if (++count > INVITES_MAX)
			return dispatch_error(d, COND_POLICY_VIOLATION);
		if (invite(d, r, s->occupant, child) == DONE)
			return DONE;
	}
	return count ? DONE : dispatch_error(d, COND_BAD_REQUEST);
}

/* ---- voice ---- */

static void add(struct dispatch *d, struct xml *form, struct str var, struct str type,
		struct str value)
{
	form_add_field(d->arena, form, var, type, value);
}

/* 8.6: to every moderator. */
static enum verdict ask_moderators(struct dispatch *d, struct room *r, const struct room_session *s)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *form;
	const struct room_session *moderator;
	size_t at = 0;

	form = form_new(d->arena, STR("form"), NS_MUC_REQUEST);
	add(d, form, STR("muc#role"), STR("list-single"), STR("participant"));
	add(d, form, STR("muc#jid"), STR("jid-single"), arena_dup(d->arena, s->jid.full));
	add(d, form, STR("muc#roomnick"), STR("text-single"), s->occupant->nick);
	add(d, form, STR("muc#request_allow"), STR("boolean"), STR("false"));
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_add(el, form);
	while ((moderator = map_next(&r->sessions, &at))) {
		if (moderator->occupant->role == ROLE_MODERATOR)
			tell_stanza(d, moderator->jid, el);
	}
	return DONE;
}

static enum verdict allow_voice(struct dispatch *d, struct room *r, const struct xml *form)
{
	struct occupant *o = room_occupant(r, form_value(form, STR("muc#roomnick"), d->arena));
	bool is_allowed;

	if (form_bool(form, STR("muc#request_allow"), &is_allowed) || !is_allowed)
		return DONE;
	if (!o)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (o->role == ROLE_VISITOR) {
		o->role = ROLE_PARTICIPANT;
		tell_all(d, r, o, &(struct telling){ .id = STR_NONE });
	}
	return DONE;
}

static enum verdict take_form(struct dispatch *d, struct room *r, const struct xml *form)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);

	if (!s)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	if (s->occupant->role == ROLE_MODERATOR)
		return allow_voice(d, r, form);
	if (s->occupant->role == ROLE_VISITOR)
		return ask_moderators(d, r, s);
	return DONE;
}

enum verdict invite_take(struct dispatch *d, struct room *r)
{
	const struct xml *x = xml_child(d->stanza.el, NS_MUC_USER, STR("x"));
	const struct xml *form = form_submitted(d->stanza.el, NS_MUC_REQUEST, d->arena);

	if (x)
		return take_x(d, r, x);
	if (form && form_check(form) == OK)
		return take_form(d, r, form);
	return dispatch_error(d, COND_BAD_REQUEST);
}
