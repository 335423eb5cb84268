/* SPDX-License-Identifier: Apache-2.0 */
/* Pinned messages, see pins.h. The list is with the room, a row for each; the messages stay in the
 * archive. What the room says of it comes from the room itself, which no occupant can. */
#include "server/room/pins.h"

#include "server/room/archive.h"
#include "server/room/archived.h"
#include "server/room/keep.h"
#include "server/route/archive_id.h"
#include "server/route/post.h"
#include "server/route/settle.h"
#include "xep/form.h"
#include "xml/build.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum { EDITS_MAX = 50 /* later messages of its author that are looked at for corrections */ };

/* What is looked up, in the arena of its dispatch. */
struct look {
	struct archived message; /* first: archived.h gives it back */
	struct str author, id;
	int64_t edited;
};

/* ---- who may ---- */

void pins_add_right(struct dispatch *d, const struct room *r, struct xml *form)
{
	const struct room_field *f = room_field_find(STR("{urn:parley:room:0}pins"));
	const struct str *values;

	if (room_field_values(&r->config, f, d->arena, &values))
		form_add_field(d->arena, form, f->var, STR("text-single"), values[0]);
}

/* NULL: d is answered. */
static const struct occupant *who_may(struct dispatch *d, const struct room *r)
{
	const struct room_session *s = room_session(r, d->stanza.from.full);

	if (!r->exists)
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	else if (!s)
		(void)dispatch_error(d, COND_NOT_ACCEPTABLE);
	else if (!room_pins_may((enum room_pin_right)r->config.pins,
				room_affiliation(r, s->occupant), s->occupant->role))
		(void)dispatch_error(d, COND_FORBIDDEN);
	else
		return s->occupant;
	return NULL;
}

/* ---- what is told ---- */

static struct xml *news_new(struct dispatch *d, struct str name, int64_t seq,
			    const struct occupant *o)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *what;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	xml_set(d->arena, el, STR("id"), keep_random_id(d));
	what = xml_add_new(d->arena, el, NS_PARLEY_PINS, name);
	xml_set(d->arena, what, STR("id"), archive_id_write(d->home, d->arena, seq));
	if (!o)
		return el;
	xml_set(d->arena, what, STR("by"), room_nick_jid(d, o->nick));
	xml_set(d->arena, xml_add_new(d->arena, what, NS_OCCUPANT_ID, STR("occupant-id")),
		STR("id"), o->id);
	return el;
}

/* With words for clients that do not know it, kept for those who come later. */
static void tell_pinned(struct dispatch *d, const struct occupant *o, int64_t seq)
{
	struct xml *el = news_new(d, STR("pinned"), seq, o);

	xml_set(d->arena, xml_add_new(d->arena, el, STR("urn:xmpp:fallback:0"), STR("fallback")),
		STR("for"), NS_PARLEY_PINS);
	(void)xml_add_text_el(d->arena, el, NS_CLIENT, STR("body"),
			      ARENA_JOIN(d->arena, o->nick, STR(" pinned a message.")));
	keep_message(d, o->bare, el);
	dispatch_share(d, room_everybody(room_of(d->entity)), el);
}

static void tell_unpinned(struct dispatch *d, const struct occupant *o, int64_t seq)
{
	dispatch_share(d, room_everybody(room_of(d->entity)), news_new(d, STR("unpinned"), seq, o));
}

/* ---- the store ---- */

static void store(struct dispatch *d, const struct room_pin *pin)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_PIN_SPACE,
		room_pin_key(pin->seq, d->arena), room_pin_encode(pin, d->arena));
}

static bool drop(struct dispatch *d, struct room *r, int64_t seq)
{
	if (!room_pins_drop(&r->pins, seq))
		return false;
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_PIN_SPACE,
		   room_pin_key(seq, d->arena));
	return true;
}

void pins_drop(struct dispatch *d, struct room *r, int64_t seq)
{
	if (drop(d, r, seq))
		tell_unpinned(d, NULL, seq);
}

/* ---- corrections (XEP-0308) ---- */

static struct str corrected(const struct xml *message)
{
	const struct xml *replace =
		xml_child(message, STR("urn:xmpp:message-correct:0"), STR("replace"));

	return replace ? xml_attr(replace, STR("id")) : STR_NONE;
}

void pins_note_edit(struct dispatch *d, const struct occupant *o, int64_t seq)
{
	struct room_pins *pins = &room_of(d->entity)->pins;
	struct room_pin *pin = room_pins_edited(pins, o->bare, corrected(d->stanza.el));

	if (!pin)
		return;
	pin->edited = seq;
	store(d, pin);
}

static void on_edits(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct look *look = d->wait_arg;

	if (found->err)
		look->message.err = found->err;
	for (const struct archive_row *row = found->messages; row && !found->err; row = row->next) {
		struct xml *el;

		if (str_find(row->stanza, STR("urn:xmpp:message-correct:0")) < 0 ||
		    xml_parse(d->arena, arena_dup(d->arena, row->stanza), &post_scope, &post_limits,
			      &el))
			continue;
		if (str_eq(corrected(el), look->id))
			look->edited = row->seq;
	}
	dispatch_resume(d);
}

/* The message was looked up: now what its author has made of it since. */
static void look_for_edits(struct dispatch *d, struct archived *m)
{
	struct look *look = container_of(m, struct look, message);
	const struct xml *el = archived_parse(d, m);
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = d->entity->jid.full,
		.archive = { .after = m->seq, .flags_any = ARCHIVE_TEXT, .max = EDITS_MAX }
	};

	if (el) {
		look->author = archived_author(el);
		look->id = xml_attr(el, STR("id"));
	}
	request.archive.with = look->author;
	if (look->author.len && look->id.len)
		store_read(d->home->store, &request, on_edits, d);
	else
		dispatch_resume(d);
}

/* ---- pin ---- */

static void begin(struct dispatch *d)
{
	archived_look(d, d->wait_arg);
}

/* Only what was said, is there still, and is no correction of something else. */
static bool can_be_pinned(const struct archived *m)
{
	return !m->err && !(m->flags & ARCHIVE_BLANKED) && (m->flags & ARCHIVE_COUNTED);
}

static void pin(struct dispatch *d)
{
	const struct look *look = d->wait_arg;
	struct room *r = room_of(d->entity);
	const struct occupant *o = who_may(d, r);
	struct room_pin *made;

	if (!o)
		return;
	if (room_pins_find(&r->pins, look->message.seq)) {
		(void)dispatch_result(d);
		return;
	}
	if (!can_be_pinned(&look->message)) {
		(void)dispatch_error(d, look->message.err ? archived_condition(look->message.err)
							  : COND_ITEM_NOT_FOUND);
		return;
	}
	made = room_pins_add(&r->pins, (struct room_pin){ .seq = look->message.seq,
							  .edited = look->edited,
							  .wall = wall_now(),
							  .bare = o->bare,
							  .nick = o->nick,
							  .author = look->author,
							  .id = look->id });
	if (!made) {
		(void)dispatch_error_text(d, COND_POLICY_VIOLATION,
					  STR("As many messages are pinned here as can be."));
		return;
	}
	store(d, made);
	tell_pinned(d, o, made->seq);
	(void)dispatch_result(d);
}

/* The id that is named, or 0: d is answered. */
static int64_t named(struct dispatch *d)
{
	struct str id = xml_attr(stanza_payload(&d->stanza), STR("id"));
	int64_t seq;

	if (id.len && archive_id_read(d->home, id, &seq) && seq > 0)
		return seq;
	(void)dispatch_error(d, id.len ? COND_ITEM_NOT_FOUND : COND_BAD_REQUEST);
	return 0;
}

static enum verdict on_pin(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct look *look;
	int64_t seq;

	if (!who_may(d, r))
		return DONE;
	seq = named(d);
	if (!seq)
		return DONE;
	if (room_pins_find(&r->pins, seq))
		return dispatch_result(d);
	look = arena_new(d->arena, struct look);
	look->message.seq = seq;
	look->message.then = look_for_edits;
	d->wait_arg = &look->message;
	return settle_alone(d, begin, pin);
}

static enum verdict on_unpin(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct occupant *o = who_may(d, r);
	int64_t seq;

	if (!o)
		return DONE;
	seq = named(d);
	if (!seq)
		return DONE;
	if (!drop(d, r, seq))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	tell_unpinned(d, o, seq);
	return dispatch_result(d);
}

/* ---- the list ---- */

static void add_pin(struct dispatch *d, const struct room *r, struct xml *list,
		    const struct room_pin *pin)
{
	struct xml *el = xml_add_new(d->arena, list, NS_PARLEY_PINS, STR("pin"));

	xml_set(d->arena, el, STR("id"), archive_id_write(d->home, d->arena, pin->seq));
	if (pin->edited)
		xml_set(d->arena, el, STR("edited"),
			archive_id_write(d->home, d->arena, pin->edited));
	xml_set(d->arena, el, STR("at"), datetime_format(d->arena, pin->wall));
	xml_set(d->arena, el, STR("by"), room_nick_jid(d, pin->nick));
	xml_set(d->arena, xml_add_new(d->arena, el, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
		room_occupant_id(r, pin->bare, d->arena));
}

static enum verdict on_list(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	struct xml *reply, *list;

	if (!room_archive_is_open(d))
		return DONE;
	reply = reply_result(d->arena, &d->stanza);
	list = xml_add_new(d->arena, reply, NS_PARLEY_PINS, STR("pins"));
	for (size_t i = r->pins.count; i-- > 0;)
		add_pin(d, r, list, &r->pins.items[i]);
	return dispatch_reply(d, reply);
}

#define PINS STR_INIT("urn:parley:pins:0")

static const struct iq_handler iq[] = {
	{ PINS, STR_INIT("pin"), IQ_SET, TARGET_OTHER, on_pin },
	{ PINS, STR_INIT("unpin"), IQ_SET, TARGET_OTHER, on_unpin },
	{ PINS, STR_INIT("pins"), IQ_GET, TARGET_OTHER, on_list },
	{ .run = NULL },
};

static const struct str vars[] = { PINS, { .ptr = NULL } };

const struct feature room_pins_feature = {
	.name = "room_pins",
	.spec = "urn:parley:pins:0",
	.test = "rooms/pins.talk",
	.iq = iq,
	.disco_account = vars,
};
