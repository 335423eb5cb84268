/* SPDX-License-Identifier: Apache-2.0 */
/* Taking messages back, see moderate.h. An id that a client knows is that of a durable message: it
 * is looked up while the room handles nothing else. */
#include "server/room/moderate.h"

#include "server/room/archived.h"
#include "server/room/keep.h"
#include "server/room/pins.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

/* ---- the tombstone (XEP-0424 5, XEP-0425 5) ---- */

static void bury(struct dispatch *d, const struct archived *look, const struct xml *archived,
		 struct xml *retracted)
{
	static const struct str kept[] = { STR_INIT("from"), STR_INIT("id"), STR_INIT("type") };
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *x, *id;
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	for (size_t i = 0; i < array_len(kept); i++) {
		struct str value = xml_attr(archived, kept[i]);

		if (value.ptr)
			xml_set(d->arena, el, kept[i], value);
	}
	id = xml_child(archived, NS_OCCUPANT_ID, STR("occupant-id"));
	if (id)
		xml_add(el, xml_copy(d->arena, id));
	xml_set(d->arena, retracted, STR("stamp"), datetime_format(d->arena, wall_now()));
	xml_add(el, retracted);
	x = xml_child(archived, NS_MUC_USER, STR("x"));
	if (x)
		xml_add(el, xml_copy(d->arena, x));
	if (xml_write(&out, el, NS_CLIENT))
		return;
	txn_blank(dispatch_txn(d), d->entity->jid.full, look->seq, sbuf_str(&out));
	room_forget(room_of(d->entity), look->seq);
	pins_drop(d, room_of(d->entity), look->seq);
}

/* ---- by a moderator ---- */

static struct xml *moderated(struct dispatch *d, const struct occupant *o)
{
	struct xml *el = xml_new(d->arena, NS_MODERATE, STR("moderated"));

	xml_set(d->arena, el, STR("by"), room_nick_jid(d, o->nick));
	xml_set(d->arena, xml_add_new(d->arena, el, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
		o->id);
	return el;
}

static void fill(struct dispatch *d, struct xml *el, const struct occupant *o)
{
	struct str reason =
		xml_child_text(stanza_payload(&d->stanza), NS_MODERATE, STR("reason"), d->arena);

	xml_add(el, moderated(d, o));
	if (reason.len)
		(void)xml_add_text_el(d->arena, el, NS_RETRACT, STR("reason"), reason);
}

static void announce(struct dispatch *d, const struct occupant *o, struct str id)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *retract;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	xml_set(d->arena, el, STR("id"), id);
	retract = xml_add_new(d->arena, el, NS_RETRACT, STR("retract"));
	xml_set(d->arena, retract, STR("id"), xml_attr(stanza_payload(&d->stanza), STR("id")));
	fill(d, retract, o);
	keep_message(d, o->bare, el);
	dispatch_share(d, room_everybody(room_of(d->entity)), el);
}

static const struct occupant *moderator(const struct dispatch *d)
{
	const struct room_session *s = room_session(room_of(d->entity), d->stanza.from.full);

	return s && s->occupant->role == ROLE_MODERATOR ? s->occupant : NULL;
}

static void moderate(struct dispatch *d)
{
	const struct archived *look = d->wait_arg;
	const struct occupant *o = moderator(d);
	struct xml *archived = look->err ? NULL : archived_parse(d, look), *retracted;
	struct str id;

	if (!o) {
		(void)dispatch_error(d, COND_FORBIDDEN);
		return;
	}
	if (!archived || (look->flags & ARCHIVE_BLANKED)) {
		(void)dispatch_error(d, look->err ? archived_condition(look->err)
						  : COND_ITEM_NOT_FOUND);
		return;
	}
	id = keep_random_id(d);
	retracted = xml_new(d->arena, NS_RETRACT, STR("retracted"));
	xml_set(d->arena, retracted, STR("id"), id);
	fill(d, retracted, o);
	bury(d, look, archived, retracted);
	announce(d, o, id);
	(void)dispatch_result(d);
}

static enum verdict on_moderate(struct dispatch *d)
{
	const struct xml *wish = stanza_payload(&d->stanza);
	struct str reason = xml_child_text(wish, NS_MODERATE, STR("reason"), d->arena);
	struct archived *look = archived_new(d, xml_attr(wish, STR("id")));

	if (!moderator(d))
		return dispatch_error(d, COND_FORBIDDEN);
	if (!xml_child(wish, NS_RETRACT, STR("retract")) || !xml_attr(wish, STR("id")).ptr)
		return dispatch_error(d, COND_BAD_REQUEST);
	if (reason.len > ROOM_REASON_MAX)
		return dispatch_error(d, COND_POLICY_VIOLATION);
	if (!look)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	archived_look(d, look);
	return dispatch_wait(d, moderate);
}

/* ---- by who sent it ---- */

static bool refuse(struct dispatch *d, enum condition why, enum verdict *ret_verdict)
{
	*ret_verdict = dispatch_error(d, why);
	return false;
}

/* It was looked up. */
static bool judge(struct dispatch *d, const struct occupant *o, const struct archived *look,
		  enum verdict *ret_verdict)
{
	struct xml *archived = look->err ? NULL : archived_parse(d, look), *retracted;

	if (look->err && look->err != ERR_NOT_FOUND)
		return refuse(d, archived_condition(look->err), ret_verdict);
	if (!archived || (look->flags & ARCHIVE_BLANKED))
		return true; /* there is nothing to take back here */
	if (!str_eq(archived_author(archived), o->bare))
		return refuse(d, COND_FORBIDDEN, ret_verdict);
	retracted = xml_new(d->arena, NS_RETRACT, STR("retracted"));
	if (d->stanza.id.ptr)
		xml_set(d->arena, retracted, STR("id"), d->stanza.id);
	bury(d, look, archived, retracted);
	return true;
}

bool moderate_is_open(struct dispatch *d, const struct occupant *o, enum verdict *ret_verdict)
{
	const struct xml *retract = xml_child(d->stanza.el, NS_RETRACT, STR("retract"));
	struct archived *look;

	if (!retract)
		return true;
	if (d->wait_arg)
		return judge(d, o, d->wait_arg, ret_verdict);
	look = archived_new(d, xml_attr(retract, STR("id")));
	if (!look)
		return true; /* no id of ours: the word of one client to the others */
	archived_look(d, look);
	*ret_verdict = dispatch_wait_again(d);
	return false;
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:message-moderate:1"), STR_INIT("moderate"), IQ_SET, TARGET_OTHER,
	  on_moderate },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("urn:xmpp:message-moderate:1"),
				   STR_INIT("urn:xmpp:message-retract:1"),
				   STR_INIT("urn:xmpp:message-retract:1#tombstone"),
				   { .ptr = NULL } };

const struct feature room_moderate_feature = {
	.name = "room_moderate",
	.spec = "XEP-0425 0.3.0, XEP-0424 0.4.2",
	.test = "rooms/moderate.talk",
	.iq = iq,
	.disco_account = vars,
};
