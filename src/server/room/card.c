/* SPDX-License-Identifier: Apache-2.0 */
/* The card of a room, see card.h. The card is read when somebody asks; the sums of its pictures are
 * with the room. */
#include "server/room/card.h"

#include "server/model/avatar.h"
#include "server/model/vcard.h"
#include "server/route/post.h"
#include "server/route/settle.h"
#include "xep/form.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum { PHOTOS_MAX = 8 };

static const struct conf_key keys[] = {
	{ "limits.room_card_bytes", CONF_SIZE, "\"128KiB\"", 1024, 4 * 1024 * 1024,
	  "Largest card (XEP-0486) of a room, picture included." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Cards of rooms", .keys = keys };

void card_add_hashes(struct dispatch *d, const struct room *r, struct xml *form)
{
	struct str hashes = r->card_hashes, hash;
	struct xml *field;

	if (!hashes.len)
		return;
	field = form_add(d->arena, form, STR("muc#roominfo_avatarhash"), STR("text-multi"),
			 STR_NONE);
	while (str_split(&hashes, '\n', &hash))
		form_add_value(d->arena, field, hash);
}

/* ---- set ---- */

/* The sums of all its pictures; false: one of them is none. */
static bool sum_up(struct dispatch *d, const struct xml *card, struct str *ret_hashes)
{
	struct str hashes = STR("");
	size_t count = 0;

	xml_each (photo, card) {
		char id[AVATAR_ID_LEN + 1];
		struct str image, text;

		if (!xml_is(photo, NS_VCARD, STR("PHOTO")) ||
		    !xml_child(photo, NS_VCARD, STR("BINVAL")))
			continue;
		text = xml_child_text(photo, NS_VCARD, STR("BINVAL"), d->arena);
		if (!str_trim(text).len)
			continue;
		if (++count > PHOTOS_MAX || avatar_read_image(d->arena, text, &image))
			return false;
		avatar_id_of(image, id);
		hashes = ARENA_JOIN(d->arena, hashes, hashes.len ? STR("\n") : STR(""),
				    str_from(id));
	}
	*ret_hashes = hashes;
	return true;
}

static void tell_change(struct dispatch *d, struct room *r)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *x;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	xml_set(d->arena, xml_add_new(d->arena, x, NS_MUC_USER, STR("status")), STR("code"),
		STR("104"));
	dispatch_share(d, room_everybody(r), el);
}

static enum verdict on_set(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct sbuf out scoped(sbuf_done) =
		SBUF(conf_size(d->home->conf, "limits.room_card_bytes"));
	struct xml *card = stanza_payload(&d->stanza);
	struct str hashes;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (room_members_get(&r->members, d->stanza.from) < AFFILIATION_OWNER)
		return dispatch_error_text(d, COND_FORBIDDEN,
					   STR("Only owners may set the picture of a room."));
	if (!sum_up(d, card, &hashes))
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE, STR("This is no picture."));
	if (xml_write_alone(&out, card))
		return dispatch_error_text(d, COND_POLICY_VIOLATION, STR("The card is too large."));
	if (card->first)
		txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_CARD_SPACE, VCARD_KEY,
			sbuf_str(&out));
	else
		txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_CARD_SPACE, VCARD_KEY);
	room_store_card_hashes(d, r, hashes);
	tell_change(d, r);
	return dispatch_result(d);
}

/* ---- get ---- */

/* What a look-up found, in the arena of its dispatch. */
struct found {
	enum err err;
	struct str text;
};

static void on_read(void *arg, struct store_answer *stored)
{
	struct dispatch *d = arg;
	struct found *found = d->wait_arg;

	found->err = stored->err;
	if (!stored->err && stored->rows)
		found->text = arena_dup(d->arena, stored->rows->value);
	dispatch_resume(d);
}

static void look(struct dispatch *d)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = ROOM_CARD_SPACE,
					 .key = VCARD_KEY };

	store_read(d->home->store, &request, on_read, d);
}

static void answer(struct dispatch *d)
{
	const struct found *found = d->wait_arg;
	struct xml *card, *reply;

	if (found->err) {
		(void)dispatch_error(d, found->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							       : COND_INTERNAL_SERVER_ERROR);
		return;
	}
	if (!found->text.len ||
	    xml_parse(d->arena, found->text, &post_alone_scope, &post_limits, &card))
		card = xml_new(d->arena, NS_VCARD, STR("vCard"));
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, card);
	(void)dispatch_reply(d, reply);
}

static enum verdict on_get(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);

	if (!r->exists || room_members_get(&r->members, d->stanza.from) == AFFILIATION_OUTCAST)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	d->wait_arg = arena_new(d->arena, struct found);
	return settle_in_turn(d, look, answer);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_GET, TARGET_OTHER, on_get },
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_SET, TARGET_OTHER, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("vcard-temp"), { .ptr = NULL } };

const struct feature room_card_feature = {
	.name = "room_card",
	.spec = "XEP-0486 0.1.0, XEP-0054 1.3.0",
	.test = "rooms/card.talk",
	.iq = iq,
	.disco_domain = vars,
	.disco_account = vars,
	.conf = &table,
};
