/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of an account (XEP-0084, XEP-0153), as feature/avatar and server/pep keep it for
 * those who publish here: which one is shown is known from the first presence on, and a card's
 * picture is one of the nodes (XEP-0398). See intake.h. */
#include "server/transfer/intake-private.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "xmpp/ns.h"

enum { FRAME_BYTES = 200 /* of an item around the picture's text, and more */ };

void intake_avatar_item(struct intake *x, struct str node, struct str id, const struct xml *payload)
{
	if (str_eq(node, NS_AVATAR_METADATA))
		avatar_want(&x->avatar, payload);
	else if (str_eq(node, NS_AVATAR_DATA))
		avatar_hold(&x->avatar, &x->arena, id,
			    payload && xml_is(payload, NS_AVATAR_DATA, STR("data"))
				    ? xml_text(payload, &x->arena)
				    : STR_NONE);
}

/* ---- from the card ---- */

void intake_avatar_card(struct intake *x, const struct xml *card)
{
	struct xml *photo = xml_child(card, NS_VCARD, STR("PHOTO"));
	struct str text =
		photo ? xml_child_text(photo, NS_VCARD, STR("BINVAL"), &x->arena) : STR_NONE;
	struct str image, type;

	if (avatar_read_image(&x->arena, text, &image) ||
	    image.len / 3 * 4 + FRAME_BYTES > x->config.limits.pep_item_bytes)
		return;
	type = avatar_type_of(image);
	if (!type.len)
		type = str_trim(xml_child_text(photo, NS_VCARD, STR("TYPE"), &x->arena));
	if (!avatar_is_type(type))
		return;
	x->photo = str_dup(image);
	x->photo_len = image.len;
	x->photo_type = str_dup(type);
	xml_remove(photo);
}

/* A card is for everybody to read, and so is what comes from it. */
static const char *publish(struct intake *x, struct str node, struct str id, struct xml *payload)
{
	struct xml *item =
		xml_new(&x->arena, STR("http://jabber.org/protocol/pubsub"), STR("item"));

	xml_set(&x->arena, item, STR("id"), id);
	xml_add(item, payload);
	return intake_add_item(x, node, item, ACCESS_OPEN);
}

static const char *publish_photo(struct intake *x)
{
	struct arena *a = &x->arena;
	struct sbuf text scoped(sbuf_done) = SBUF(x->config.limits.pep_item_bytes);
	struct xml *data = xml_new(a, NS_AVATAR_DATA, STR("data"));
	struct xml *metadata = xml_new(a, NS_AVATAR_METADATA, STR("metadata")), *info;
	struct str image = str_make(x->photo, x->photo_len);
	char id[AVATAR_ID_LEN + 1];
	const char *why_not;

	if (base64_encode(&text, image))
		return "a picture that is too large (limits.pep_item_bytes)";
	avatar_id_of(image, id);
	xml_add_text(a, data, sbuf_str(&text));
	info = xml_add_new(a, metadata, NS_AVATAR_METADATA, STR("info"));
	xml_set(a, info, STR("bytes"), arena_printf(a, "%zu", image.len));
	xml_set(a, info, STR("id"), str_from(id));
	xml_set(a, info, STR("type"), str_from(x->photo_type));
	why_not = publish(x, NS_AVATAR_DATA, str_from(id), data);
	return why_not ? why_not : publish(x, NS_AVATAR_METADATA, str_from(id), metadata);
}

/* What the nodes say counts, also that there is no picture any more. */
void intake_avatar_end(struct intake *x)
{
	const struct pep_node *metadata = pep_node_find(x->pep, NS_AVATAR_METADATA);
	const char *why_not;

	arena_done(&x->arena);
	arena_init(&x->arena, 64 * MIB);
	if (x->photo && (!metadata || !metadata->item_count)) {
		why_not = publish_photo(x);
		if (why_not)
			report_leave_out(x->report, PIECE_VCARD, why_not);
	}
	if (x->avatar.wanted[0] || x->avatar.held[0][0])
		txn_put(intake_txn(x), x->owner, AVATAR_SPACE, AVATAR_KEY,
			avatar_encode(&x->avatar, &x->arena));
}

void intake_avatar_forget(struct intake *x)
{
	mem_free(x->photo);
	mem_free(x->photo_type);
	x->photo = x->photo_type = NULL;
	x->avatar = (struct avatar){ .wanted = "" };
}
