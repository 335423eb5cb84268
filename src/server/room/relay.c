/* SPDX-License-Identifier: Apache-2.0 */
/* iq through a room, see relay.h. The id that goes on holds which client has asked, so that the
 * room need not remember it: "<sum of the client's address>-<id>". */
#include "server/room/relay.h"

#include "server/room/tell.h"
#include "xmpp/ns.h"

enum { MARK_LEN = 16 /* characters of the sum */ };

static struct str mark_of(struct dispatch *d, struct jid who)
{
	struct siphash_key key = { d->home->id_key[0], d->home->id_key[1] };

	return arena_printf(d->arena, "%016llx", (unsigned long long)siphash(key, who.full));
}

static struct xml *pass_on(struct dispatch *d, const struct room_session *from, struct jid to,
			   struct str id)
{
	struct xml *el = xml_copy(d->arena, d->stanza.el);

	xml_set(d->arena, el, STR("from"), room_nick_jid(d, from->occupant->nick));
	xml_set(d->arena, el, STR("to"), arena_dup(d->arena, to.full));
	xml_set(d->arena, el, STR("id"), id);
	return el;
}

static const struct room_session *first_client(const struct occupant *o)
{
	return list_entry(o->sessions.next, struct room_session, link);
}

/* What concerns the person and not the device is asked of the account (XEP-0045 17.4.1; avatars).
 */
static struct jid goal_of(struct dispatch *d, const struct occupant *o)
{
	struct jid jid = first_client(o)->jid;

	return xml_is(stanza_payload(&d->stanza), NS_VCARD, STR("vCard")) ? jid_bare(jid) : jid;
}

static enum verdict ask(struct dispatch *d, const struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	const struct occupant *o = room_occupant(r, d->stanza.to.resource);

	if (!s) {
		bool is_disco = xml_is(stanza_payload(&d->stanza), NS_DISCO_INFO, STR("query"));

		return dispatch_error(d, is_disco ? COND_BAD_REQUEST : COND_NOT_ACCEPTABLE);
	}
	if (!o)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (s->occupant == o && xml_is(stanza_payload(&d->stanza), NS_PING, STR("ping")))
		return dispatch_result(d);
	if (s->occupant->role == ROLE_VISITOR && r->config.allow_pm != PM_ANYONE)
		return dispatch_error(d, COND_FORBIDDEN);
	dispatch_route(d, pass_on(d, s, goal_of(d, o),
				  ARENA_JOIN(d->arena, mark_of(d, d->stanza.from), STR("-"),
					     d->stanza.id)));
	return DONE;
}

/* Whose answer it is: a client, or the account of an occupant. */
static const struct room_session *answerer(const struct dispatch *d, const struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);
	const struct occupant *o =
		s ? NULL : room_occupant_by_bare(r, jid_bare_str(d->stanza.from));

	return s || !o ? s : first_client(o);
}

static enum verdict reply(struct dispatch *d, const struct room *r)
{
	const struct room_session *from = answerer(d, r);
	const struct occupant *o = room_occupant(r, d->stanza.to.resource);
	struct str mark = str_sub(d->stanza.id, 0, MARK_LEN),
		   id = str_from_at(d->stanza.id, MARK_LEN + 1);

	if (!from || !o || d->stanza.id.len <= MARK_LEN)
		return DONE;
	list_each (link, (struct list *)(uintptr_t)&o->sessions) {
		const struct room_session *s = list_entry(link, struct room_session, link);

		if (str_eq(mark_of(d, s->jid), mark)) {
			dispatch_route(d, pass_on(d, from, s->jid, id));
			break;
		}
	}
	return DONE;
}

static enum verdict on_iq(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);

	if (!d->entity->jid.node.len || !jid_is_full(d->stanza.to))
		return PASS;
	return d->stanza.type == IQ_GET || d->stanza.type == IQ_SET ? ask(d, r) : reply(d, r);
}

static const struct hook hooks[] = {
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, on_iq },
	{ .run = NULL },
};

const struct feature room_relay_feature = {
	.name = "room_relay",
	.spec = "XEP-0045 1.35.5, XEP-0410 1.1.0",
	.test = "rooms/iq.talk",
	.hooks = hooks,
};
