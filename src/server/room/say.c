/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to a room (XEP-0045 7.4, 7.5, 8.1; XEP-0421; XEP-0359), see say.h. What is to last is in
 * the room's archive once, in the same commit in which the sender's server counts it. */
#include "server/room/say.h"

#include "server/room/enter.h"
#include "server/room/invite.h"
#include "server/room/keep.h"
#include "server/room/mentions.h"
#include "server/room/moderate.h"
#include "server/room/pins.h"
#include "server/room/register.h"
#include "server/room/tell.h"
#include "server/room/voice.h"
#include "server/route/lasting.h"
#include "xep/form.h"
#include "xmpp/ns.h"

/* ---- what is passed on ---- */

static bool is_ours(struct dispatch *d, const struct xml *child)
{
	struct jid by;

	if (xml_is(child, NS_OCCUPANT_ID, STR("occupant-id")) || str_eq(child->ns, NS_MUC_USER))
		return true;
	if (xml_is(child, NS_SID, STR("stanza-id")))
		return jid_parse(d->arena, xml_attr(child, STR("by")), &by) == OK &&
		       jid_bare_eq(by, d->entity->jid);
	return xml_is(child, NS_DELAY, STR("delay")) &&
	       jid_parse(d->arena, xml_attr(child, STR("from")), &by) == OK &&
	       jid_bare_eq(by, d->entity->jid);
}

/* The message as occupants get it, without to: what only the room may say is taken out. */
static struct xml *pass_on(struct dispatch *d, const struct occupant *o, struct str type)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message"));
	struct str lang = xml_attr_ns(d->stanza.el, XML_NS_XML, STR("lang"));

	xml_set(d->arena, el, STR("from"), room_nick_jid(d, o->nick));
	if (d->stanza.id.ptr)
		xml_set(d->arena, el, STR("id"), d->stanza.id);
	if (type.ptr)
		xml_set(d->arena, el, STR("type"), type);
	if (lang.ptr)
		xml_set_ns(d->arena, el, XML_NS_XML, STR("lang"), lang);
	xml_each (child, d->stanza.el) {
		if (!is_ours(d, child) && mentions_pass(room_of(d->entity), o, d->stanza.el, child))
			xml_add(el, xml_copy(d->arena, child));
	}
	xml_set(d->arena, xml_add_new(d->arena, el, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
		o->id);
	return el;
}

/* ---- to everybody ---- */

/* 8.1: a subject and nothing to read beside it. */
static bool is_subject(const struct xml *el)
{
	return xml_child(el, NS_CLIENT, STR("subject")) && !xml_child(el, NS_CLIENT, STR("body")) &&
	       !xml_child(el, NS_CLIENT, STR("thread"));
}

/* Who speaks is known to all who hear it. */
static void come_forward(struct dispatch *d, struct room *r, struct occupant *o)
{
	bool is_new = !o->is_shown;

	if (is_new || room_is_large(r))
		room_show(r, o);
	if (is_new)
		tell_all(d, r, o, &(struct telling){ .is_for_others = true });
}

static enum verdict set_subject(struct dispatch *d, struct room *r, struct occupant *o)
{
	struct xml *el = pass_on(d, o, STR("groupchat"));

	if (o->role < (r->config.change_subject ? ROLE_PARTICIPANT : ROLE_MODERATOR))
		return dispatch_error(d, COND_FORBIDDEN);
	come_forward(d, r, o);
	(void)bytes_unref(r->subject);
	r->subject = dispatch_bytes(d, el);
	r->subject_wall = wall_now();
	room_store_subject(d, r);
	keep_message(d, o->bare, el);
	dispatch_share(d, room_everybody(r), el);
	return DONE;
}

static enum verdict say_to_all(struct dispatch *d, struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	enum verdict verdict;
	struct xml *el;

	if (!s)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	if (jid_is_full(d->stanza.to))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (is_subject(d->stanza.el))
		return set_subject(d, r, s->occupant);
	if (!voice_is_open(d, r, s->occupant))
		return DONE;
	if (!moderate_is_open(d, s->occupant, &verdict))
		return verdict;
	voice_note(d, r, s->occupant);
	come_forward(d, r, s->occupant);
	el = pass_on(d, s->occupant, STR("groupchat"));
	if (lasting_is_kept_in_room(&d->stanza, d->arena)) {
		keep_message(d, s->occupant->bare, el);
		pins_note_edit(d, s->occupant, d->seq);
	}
	dispatch_share(d, room_everybody(r), el);
	return DONE;
}

/* ---- to one (7.5) ---- */

static bool may_whisper(const struct room *r, const struct occupant *from,
			const struct occupant *to)
{
	switch ((enum room_allow_pm)r->config.allow_pm) {
	case PM_ANYONE:
		return true;
	case PM_PARTICIPANTS:
		return from->role >= ROLE_PARTICIPANT || to->role == ROLE_MODERATOR;
	case PM_MODERATORS:
		return from->role == ROLE_MODERATOR || to->role == ROLE_MODERATOR;
	case PM_NOBODY:
		break;
	}
	return false;
}

static enum verdict whisper(struct dispatch *d, struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	const struct occupant *to = room_occupant(r, d->stanza.to.resource);
	struct xml *el;

	if (!s)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	if (!to)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (!may_whisper(r, s->occupant, to))
		return dispatch_error(d, COND_FORBIDDEN);
	el = pass_on(d, s->occupant, xml_attr(d->stanza.el, STR("type")));
	(void)xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	list_each (link, (struct list *)(uintptr_t)&to->sessions) {
		struct jid jid = list_entry(link, struct room_session, link)->jid;

		if (!s->occupant->is_shown) /* he hears of somebody that he has not seen */
			tell_one(d, r, s->occupant, &(struct telling){ .id = STR_NONE }, jid,
				 false);
		tell_stanza(d, jid, el);
	}
	return DONE;
}

/* ---- errors (11.1) ---- */

static bool is_end(const struct xml *el)
{
	static const struct str ends[] = {
		STR_INIT("gone"),
		STR_INIT("internal-server-error"),
		STR_INIT("item-not-found"),
		STR_INIT("jid-malformed"),
		STR_INIT("recipient-unavailable"),
		STR_INIT("redirect"),
		STR_INIT("remote-server-not-found"),
		STR_INIT("remote-server-timeout"),
		STR_INIT("service-unavailable"),
	};
	const struct xml *error = xml_child(el, NS_CLIENT, STR("error"));

	for (size_t i = 0; error && i < array_len(ends); i++) {
		if (xml_child(error, NS_STANZAS, ends[i]))
			return true;
	}
	return false;
}

static enum verdict on_error(struct dispatch *d, struct room *r)
{
	struct room_session *s = room_session(r, d->stanza.from.full);
	const struct telling t = { .is_gone = true, .status = { 333 } };

	if (s && is_end(d->stanza.el))
		enter_out_client(d, r, s, &t);
	return DONE;
}

/* To the room itself, and not to be said in it. */
static enum verdict on_word(struct dispatch *d, struct room *r)
{
	const struct xml *form = form_submitted(d->stanza.el, NS_MUC_REGISTER, d->arena);

	if (form && form_check(form) == OK && str_is_set(form_type_of(form, d->arena)))
		return register_decide(d, r, form);
	return invite_take(d, r);
}

static enum verdict on_message(struct dispatch *d)
{
	struct room *r = room_of(d->entity);

	if (d->stanza.type == MESSAGE_ERROR)
		return on_error(d, r);
	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (d->stanza.type == MESSAGE_GROUPCHAT)
		return say_to_all(d, r);
	if (jid_is_full(d->stanza.to))
		return whisper(d, r);
	return on_word(d, r);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_DELIVER, on_message },
	{ .run = NULL },
};

const struct feature room_say_feature = {
	.name = "room_say",
	.spec = "XEP-0045 1.35.5, XEP-0421 1.0.0",
	.test = "rooms/message.talk, rooms/subject.talk, rooms/private.talk, rooms/password.talk",
	.hooks = hooks,
};
