/* SPDX-License-Identifier: Apache-2.0 */
/* Presence to a room, see enter.h. What an occupant was told, and in what order, is the order of
 * the room's outbox: who enters gets the occupants, himself, the past, the subject, and then what
 * is said. */
#include "server/room/enter.h"

#include "server/room/past.h"
#include "server/room/permit.h"
#include "server/room/tell.h"
#include "server/room/tokens.h"
#include "server/room/versions.h"
#include "server/route/settle.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum { REVEAL_MAX = 16 };

/* ---- what is said along ---- */

/* Children that the room says itself, or that are for the room alone. */
static bool is_rooms_own(const struct xml *child)
{
	return str_eq(child->ns, NS_MUC) || str_eq(child->ns, NS_MUC_USER) ||
	       str_eq(child->ns, NS_OCCUPANT_ID) || str_eq(child->ns, NS_HATS) ||
	       (str_eq(child->ns, NS_SID) && str_eq(child->name, STR("stanza-id")));
}

/* The presence as others shall see it; NULL: it is too long. */
static struct bytes *make_presence(struct dispatch *d)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("presence"));
	struct bytes *bytes;

	xml_each (child, d->stanza.el) {
		if (!is_rooms_own(child))
			xml_add(el, xml_copy(d->arena, child));
	}
	bytes = dispatch_bytes(d, el);
	if (bytes->len && bytes->len <= ROOM_PRESENCE_MAX)
		return bytes;
	return bytes_unref(bytes);
}

/* Takes the count; NULL: he keeps what he had. */
static void set_presence(struct occupant *o, struct bytes *presence)
{
	if (!presence)
		return;
	(void)bytes_unref(o->presence);
	o->presence = presence;
	room_changed(o);
}

static bool is_too_long(struct dispatch *d)
{
	return xml_write_bound(d->stanza.el) > 2 * ROOM_PRESENCE_MAX;
}

/* ---- leaving ---- */

/* XEP-0488 4.5 */
static enum verdict refuse_token(struct dispatch *d)
{
	struct xml *el = dispatch_error_new(d, COND_NOT_AUTHORIZED, STR_NONE);

	tokens_add_expired(d, xml_child(el, el->ns, STR("error")));
	(void)xml_add_new(d->arena, el, NS_MUC, STR("x"));
	return dispatch_reply(d, el);
}

static bool is_only_client(const struct room_session *s)
{
	return s->link.next == s->link.prev;
}

void enter_out(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t)
{
	tell_all(d, r, o, t);
	while (!room_leave(r, list_entry(o->sessions.next, struct room_session, link)))
		continue;
	permit_end_if_empty(d, r);
}

void enter_end(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t)
{
	list_each (link, &o->sessions)
		tell_one(d, r, o, t, list_entry(link, struct room_session, link)->jid, true);
	while (!room_leave(r, list_entry(o->sessions.next, struct room_session, link)))
		continue;
	permit_end_if_empty(d, r);
}

void enter_out_client(struct dispatch *d, struct room *r, struct room_session *s,
		      const struct telling *t)
{
	if (is_only_client(s)) {
		enter_out(d, r, s->occupant, t);
		return;
	}
	/* Others still see him with his other clients. */
	tell_one(d, r, s->occupant, t, s->jid, true);
	(void)room_leave(r, s);
}

/* ---- changes ---- */

/* 7.2, 7.6: the error has an <x/>, by which slixmpp knows that it answers the entering. */
static enum verdict refuse(struct dispatch *d, enum condition c)
{
	struct xml *el = dispatch_error_new(d, c, STR_NONE);

	if (c == COND_SERVICE_UNAVAILABLE) /* 7.2.9: it is full for now */
		reply_error_wait(d->arena, el);
	(void)xml_add_new(d->arena, el, NS_MUC, STR("x"));
	return dispatch_reply(d, el);
}

/* 7.6. Whoever has other clients under the old name takes one of them along; and under the new one
 * there may be clients of his already. */
static enum verdict change_nick(struct dispatch *d, struct room *r, struct room_session *s,
				struct str nick)
{
	struct occupant *o = s->occupant;
	struct telling t = { .is_gone = true, .status = { 303 }, .nick = nick, .id = d->stanza.id };
	struct bytes *presence;
	enum condition why;

	if (!permit_nick(r, d->stanza.from, nick, &why))
		return refuse(d, why);
	presence = make_presence(d);
	if (!presence)
		return refuse(d, COND_POLICY_VIOLATION);
	if (is_only_client(s))
		tell_all(d, r, o, &t);
	else
		tell_one(d, r, o, &t, s->jid, true);
	o = room_rename(r, s, nick);
	set_presence(o, presence);
	tell_all(d, r, o, &(struct telling){ .id = d->stanza.id });
	return DONE;
}

/* 7.7 */
static enum verdict change_presence(struct dispatch *d, struct room *r, struct room_session *s)
{
	struct bytes *presence = make_presence(d);

	if (!presence)
		return dispatch_error(d, COND_POLICY_VIOLATION);
	set_presence(s->occupant, presence);
	tell_all(d, r, s->occupant, &(struct telling){ .id = d->stanza.id });
	return DONE;
}

/* ---- entering ---- */

/* What one who enters is told of himself. */
static struct telling welcome(const struct dispatch *d, const struct room *r, bool is_created)
{
	struct telling t = { .version = TELL_VERSION, .id = d->stanza.id };
	size_t n = 0;

	if (r->config.whois == WHOIS_ANYONE)
		t.for_self[n++] = 100;
	if (r->config.has_public_log)
		t.for_self[n++] = 170;
	if (is_created)
		t.for_self[n++] = 201;
	return t;
}

/* In a large room the last who spoke, and all who rule. */
static void tell_who_is_there(struct dispatch *d, struct room *r, const struct room_session *s)
{
	struct audience *one = audience_new(d->home);
	bool sees = room_sees_jids(r, s->occupant);
	size_t left = SIZE_MAX;

	if (room_is_large(r))
		left = (size_t)conf_int(d->home->conf, "rooms.large_window");
	audience_add(one, s->jid);
	list_each (link, &r->shown) {
		struct occupant *o = list_entry(link, struct occupant, use_link);

		if (o == s->occupant || !(r->config.broadcast & (1 << o->role)) ||
		    (!left && o->role != ROLE_MODERATOR))
			continue;
		left -= left > 0;
		tell_present(d, r, o, one, sees);
	}
	(void)audience_unref(one);
}

/* A room is no longer large: those who were not shown come forward, some at a time. */
static void reveal(struct dispatch *d, struct room *r)
{
	size_t small = ((size_t)conf_int(d->home->conf, "rooms.large") * 3 + 3) / 4, at = 0,
	       count = 0;
	struct occupant *o;

	if (!r->hidden || r->occupants.count > small)
		return;
	while (count < REVEAL_MAX && (o = map_next(&r->occupants, &at))) {
		if (o->is_shown)
			continue;
		room_show(r, o);
		tell_all(d, r, o, &(struct telling){ .is_for_others = true });
		count++;
	}
}

static enum verdict enter(struct dispatch *d, struct room *r, struct str nick)
{
	bool is_created = false;
	struct room_session *s;
	struct telling t;

	if (!r->exists) {
		permit_create(d, r);
		is_created = true;
	}
	s = room_session(r, d->stanza.from.full);
	if (!s)
		s = room_enter(r, nick, d->stanza.from);
	s->occupant->role = permit_role(r, s->occupant);
	if (!room_is_large(r) && !s->occupant->is_shown)
		room_show(r, s->occupant);
	set_presence(s->occupant, make_presence(d)); /* too long: he is there without it */
	t = welcome(d, r, is_created);
	versions_send(d, r, s);
	tell_who_is_there(d, r, s);
	if (is_only_client(s)) {
		tell_all(d, r, s->occupant, &t);
	} else { /* one more client of somebody who is there: nothing is new for others */
		room_listen(r, s);
		tell_one(d, r, s->occupant, &t, s->jid, true);
	}
	return past_send(d, r, s->jid);
}

static enum verdict on_leave(struct dispatch *d, struct room *r)
{
	struct room_session *s = room_session(r, d->stanza.from.full);
	struct str status = xml_child_text(d->stanza.el, NS_CLIENT, STR("status"), d->arena);
	struct telling t = { .is_gone = true, .id = d->stanza.id };

	if (status.len && status.len <= ROOM_REASON_MAX)
		t.said = status;
	if (s)
		enter_out_client(d, r, s, &t);
	reveal(d, r);
	return DONE;
}

static enum verdict on_available(struct dispatch *d, struct room *r)
{
	struct room_session *s = room_session(r, d->stanza.from.full);
	const struct xml *x = xml_child(d->stanza.el, NS_MUC, STR("x"));
	struct str nick = d->stanza.to.resource;
	struct room_token *token;
	enum condition why;
	bool is_lost;

	if (!nick.len)
		return refuse(d, COND_JID_MALFORMED);
	if (is_too_long(d) || nick.len > ROOM_NICK_MAX)
		return refuse(d, COND_POLICY_VIOLATION);
	if (s && !str_eq(s->occupant->nick, nick))
		return change_nick(d, r, s, nick);
	if (s && !x)
		return change_presence(d, r, s);
	/* 7.1.1: who enters without <x/> speaks the old protocol, or has lost his place: he must
	 * enter again. */
	if (!s && !x)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	token = s ? NULL : tokens_offered(d, r, x, &is_lost);
	if (!s && !permit_enter(d, r, x, nick, token != NULL, &why))
		return is_lost && why == COND_REGISTRATION_REQUIRED ? refuse_token(d)
								    : refuse(d, why);
	if (token)
		tokens_spend(d, r, token);
	return enter(d, r, nick);
}

/* 11.2: the server stops. What the sessions say when they end is not repeated to everybody. */
static void on_farewell(struct dispatch *d)
{
	const struct telling t = { .is_gone = true, .for_self = { 332 } };
	struct room *r = room_of(d->entity);
	struct occupant *o;
	size_t at = 0;

	while (r && (o = map_next(&r->occupants, &at))) /* the service itself has no state */
		enter_end(d, r, o, &t);
}

static enum verdict on_presence(struct dispatch *d)
{
	struct room *r = room_of(d->entity);

	if (!d->entity->jid.node.len)
		return DONE;
	switch (d->stanza.type) {
	case PRESENCE_AVAILABLE:
		return on_available(d, r);
	case PRESENCE_UNAVAILABLE:
	case PRESENCE_ERROR: /* 11.1: his client or server is gone */
		return on_leave(d, r);
	case PRESENCE_PROBE: /* 17.3: answered with what the occupant has said */
		if (room_session(r, d->stanza.from.full) && room_occupant(r, d->stanza.to.resource))
			tell_one(d, r, room_occupant(r, d->stanza.to.resource),
				 &(struct telling){ .id = STR_NONE }, d->stanza.from, false);
		return DONE;
	default:
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	}
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_IN, PHASE_DELIVER, on_presence },
	{ .run = NULL },
};

const struct feature room_enter_feature = {
	.name = "room_enter",
	.spec = "XEP-0045 1.35.5",
	.test = "rooms/enter.talk, rooms/leave.talk, rooms/nick.talk",
	.hooks = hooks,
	.on_farewell = on_farewell,
};
