/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with a room, see register.h. Where not everybody may enter and speak, an admin
 * decides: his form says all that is needed, so that a wish outlives the room's time in memory. */
#include "server/room/register.h"

#include "server/room/admin.h"
#include "server/room/news.h"
#include "server/room/permit.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { ADMINS_MAX = 50 /* who are asked */ };

static bool is_allowed(const struct room *r, enum room_affiliation a)
{
	return a > AFFILIATION_NONE ||
	       (a == AFFILIATION_NONE && r->config.registration != REGISTER_CLOSED);
}

/* False: there is nothing to register with, and d is answered. */
static bool is_open(struct dispatch *d, const struct room *r)
{
	enum room_affiliation a = room_members_get(&r->members, d->stanza.from);

	if (!r->exists || (r->is_locked && a != AFFILIATION_OWNER))
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	else if (!is_allowed(r, a))
		(void)dispatch_error(d, COND_NOT_ALLOWED);
	else
		return true;
	return false;
}

static enum verdict on_get(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	const struct room_member *m = room_members_find(&r->members, jid_bare_str(d->stanza.from));
	struct xml *reply = reply_result(d->arena, &d->stanza), *query, *form;

	if (!is_open(d, r))
		return DONE;
	query = xml_add_new(d->arena, reply, NS_REGISTER, STR("query"));
	if (m && m->nick.len) {
		(void)xml_add_new(d->arena, query, NS_REGISTER, STR("registered"));
		(void)xml_add_text_el(d->arena, query, NS_REGISTER, STR("username"), m->nick);
	}
	(void)xml_add_text_el(d->arena, query, NS_REGISTER, STR("instructions"),
			      STR("Members have a nickname that nobody else may use."));
	form = form_new(d->arena, STR("form"), NS_MUC_REGISTER);
	form_require(d->arena, form_add(d->arena, form, STR("muc#register_roomnick"),
					STR("text-single"), STR("Nickname")));
	xml_add(query, form);
	return dispatch_reply(d, reply);
}

/* ---- an admin decides ---- */

static void add_field(struct dispatch *d, struct xml *form, const char *var, const char *type,
		      struct str value)
{
	form_add_field(d->arena, form, str_from(var), str_from(type), value);
}

static struct xml *make_question(struct dispatch *d, struct str nick)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *form;
	struct str bare = jid_bare_str(d->stanza.from);

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	(void)xml_add_text_el(d->arena, el, NS_CLIENT, STR("body"),
			      ARENA_JOIN(d->arena, bare, STR(" would be a member of "),
					 d->entity->jid.full, STR(" with the nickname "), nick));
	form = form_new(d->arena, STR("form"), STR_NONE);
	(void)xml_add_text_el(d->arena, form, NS_DATA, STR("title"), STR("Registration request"));
	add_field(d, form, "FORM_TYPE", "hidden", NS_MUC_REGISTER);
	add_field(d, form, "muc#register_roomnick", "text-single", nick);
	add_field(d, form, "muc#jid", "jid-single", bare);
	add_field(d, form, "muc#register_allow", "boolean", STR("0"));
	xml_add(el, form);
	return el;
}

static enum verdict ask_admins(struct dispatch *d, struct room *r, struct str nick)
{
	const struct xml *question = make_question(d, nick);
	const struct room_member *m;
	size_t at = 0, asked = 0;

	if (!room_request_add(r, jid_bare_str(d->stanza.from), nick))
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	while (asked < ADMINS_MAX && (m = map_next(&r->members.items, &at))) {
		struct xml *el;

		if (m->affiliation < AFFILIATION_ADMIN)
			continue;
		el = xml_copy(d->arena, question);
		xml_set(d->arena, el, STR("to"), arena_dup(d->arena, m->jid));
		dispatch_route(d, el);
		asked++;
	}
	return dispatch_result(d);
}

static void enrol(struct dispatch *d, struct room *r, struct jid who, struct str nick)
{
	struct str bare = jid_bare_str(who);
	enum room_affiliation a = room_members_get(&r->members, who);

	room_request_drop(r, bare);
	room_members_set(&r->members, bare, a > AFFILIATION_NONE ? a : AFFILIATION_MEMBER, nick,
			 STR_NONE);
	room_store_member(d, r, bare);
	news_of_standing(d, r, bare);
	if (a == AFFILIATION_NONE)
		admin_review(d, r, bare, 0, STR_NONE, STR_NONE);
}

enum verdict register_decide(struct dispatch *d, struct room *r, const struct xml *form)
{
	struct str nick = form_value(form, STR("muc#register_roomnick"), d->arena);
	enum condition why;
	bool is_yes;
	struct jid who;

	if (room_members_get(&r->members, d->stanza.from) < AFFILIATION_ADMIN)
		return dispatch_error(d, COND_FORBIDDEN);
	if (jid_parse(d->arena, form_value(form, STR("muc#jid"), d->arena), &who) ||
	    !who.node.len || jid_prep_resource(d->arena, nick, &nick))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (form_bool(form, STR("muc#register_allow"), &is_yes) || !is_yes) {
		room_request_drop(r, jid_bare_str(who));
		return DONE;
	}
	if (room_members_get(&r->members, who) != AFFILIATION_NONE)
		return DONE; /* another admin was quicker, or has banned him */
	if (!permit_nick(r, who, nick, &why) || !permit_member(d, r, &why))
		return dispatch_error(d, why);
	enrol(d, r, who, nick);
	return DONE;
}

/* ---- the wish ---- */

static bool is_at_once(const struct room *r)
{
	return r->config.registration == REGISTER_AUTO && !r->config.is_members_only &&
	       !r->config.is_moderated;
}

/* What he has, he gives back: the membership, or what is more than that and only the name. */
static enum verdict give_back(struct dispatch *d, struct room *r)
{
	struct str bare = jid_bare_str(d->stanza.from);
	enum room_affiliation a = room_members_get(&r->members, d->stanza.from);

	room_request_drop(r, bare);
	if (a <= AFFILIATION_NONE)
		return dispatch_error(d, COND_REGISTRATION_REQUIRED);
	room_members_set(&r->members, bare, a == AFFILIATION_MEMBER ? AFFILIATION_NONE : a, STR(""),
			 STR_NONE);
	room_store_member(d, r, bare);
	news_of_standing(d, r, bare);
	if (a == AFFILIATION_MEMBER)
		admin_review(d, r, bare, 321, STR_NONE, STR_NONE);
	return dispatch_result(d);
}

static enum verdict on_set(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct xml *query = stanza_payload(&d->stanza);
	const struct xml *form = form_submitted(query, NS_MUC_REGISTER, d->arena);
	struct jid who = jid_bare(d->stanza.from);
	enum condition why;
	struct str nick;

	if (!is_open(d, r))
		return DONE;
	if (xml_child(query, NS_REGISTER, STR("remove")))
		return give_back(d, r);
	if (!form || form_check(form) ||
	    jid_prep_resource(d->arena, form_value(form, STR("muc#register_roomnick"), d->arena),
			      &nick))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (!permit_nick(r, who, nick, &why))
		return dispatch_error(d, why);
	if (room_members_get(&r->members, who) == AFFILIATION_NONE) {
		if (!permit_member(d, r, &why))
			return dispatch_error(d, why);
		if (!is_at_once(r))
			return ask_admins(d, r, nick);
	}
	enrol(d, r, who, nick);
	return dispatch_result(d);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("jabber:iq:register"), STR_INIT("query"), IQ_GET, TARGET_OTHER, on_get },
	{ STR_INIT("jabber:iq:register"), STR_INIT("query"), IQ_SET, TARGET_OTHER, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("jabber:iq:register"),
				   STR_INIT("http://jabber.org/protocol/muc#register"),
				   { .ptr = NULL } };

const struct feature room_register_feature = {
	.name = "room_register",
	.spec = "XEP-0045 1.35.5, XEP-0077 2.4",
	.test = "rooms/register.talk",
	.iq = iq,
	.disco_account = vars,
};
