/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of an account between nodes and card, see pep_avatar.h. */
#include "server/pep/pep_avatar.h"

#include "codec/base64.h"
#include "server/model/avatar.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "server/route/post.h"
#include "server/route/presence_view.h"
#include "xml/build.h"
#include "xmpp/ns.h"

/* What a card brings. */
struct picture {
	struct str image; /* bytes */
	struct str type;
	struct str id;
};

/* ---- from the card ---- */

static bool read_picture(struct dispatch *d, const struct xml *photo, struct picture *p)
{
	struct str text =
		photo ? xml_child_text(photo, NS_VCARD, STR("BINVAL"), d->arena) : STR_NONE;
	char *id = arena_alloc(d->arena, AVATAR_ID_LEN + 1);

	if (avatar_read_image(d->arena, text, &p->image))
		return false;
	/* XEP-0153 5: what the bytes are counts, not what is said of them. */
	p->type = avatar_type_of(p->image);
	if (!p->type.len)
		p->type = str_trim(xml_child_text(photo, NS_VCARD, STR("TYPE"), d->arena));
	avatar_id_of(p->image, id);
	p->id = str_make(id, AVATAR_ID_LEN);
	return avatar_is_type(p->type);
}

/* A card is for everybody to read; so is what comes from it, unless the user has a node already
 * that is not. */
static enum err publish(struct dispatch *d, struct str name, struct str id,
			const struct xml *payload)
{
	struct pubsub_config config = pubsub_config_default();
	struct pep_node *node = pep_node_find(d->entity->pep, name);

	config.choice[PUBSUB_ACCESS_MODEL] = ACCESS_OPEN;
	if (!node)
		node = pep_create(d, name, &config);
	return node ? pep_publish(d, node, id, payload, STR("")) : ERR_NO_SPACE;
}

static enum err publish_data(struct dispatch *d, const struct picture *p)
{
	struct sbuf text scoped(sbuf_done) = SBUF(p->image.len / 3 * 4 + 4);
	struct xml *data = xml_new(d->arena, NS_AVATAR_DATA, STR("data"));

	if (base64_encode(&text, p->image))
		return ERR_TOO_BIG;
	xml_add_text(d->arena, data, arena_dup(d->arena, sbuf_str(&text)));
	return publish(d, NS_AVATAR_DATA, p->id, data);
}

/* p NULL: nothing is shown (XEP-0084 3.5). */
static enum err publish_metadata(struct dispatch *d, const struct picture *p)
{
	struct xml *metadata = xml_new(d->arena, NS_AVATAR_METADATA, STR("metadata"));
	struct xml *info;

	if (!p)
		return publish(d, NS_AVATAR_METADATA, STR("current"), metadata);
	info = xml_add_new(d->arena, metadata, NS_AVATAR_METADATA, STR("info"));
	xml_set(d->arena, info, STR("bytes"), arena_printf(d->arena, "%zu", p->image.len));
	xml_set(d->arena, info, STR("id"), p->id);
	xml_set(d->arena, info, STR("type"), p->type);
	return publish(d, NS_AVATAR_METADATA, p->id, metadata);
}

enum err pep_avatar_take(struct dispatch *d, struct xml *card)
{
	struct xml *photo = xml_child(card, NS_VCARD, STR("PHOTO"));
	struct str shown = avatar_shown(d->entity->avatar);
	struct picture p;
	enum err e = OK;

	if (!read_picture(d, photo, &p))
		return shown.len ? publish_metadata(d, NULL) : OK;
	if (!str_eq(p.id, shown)) {
		e = publish_data(d, &p);
		if (!e)
			e = publish_metadata(d, &p);
	}
	if (!e)
		xml_remove(photo);
	return e;
}

/* ---- to the card ---- */

struct str pep_avatar_key(struct dispatch *d)
{
	const struct pep *pep = d->entity->pep;
	struct str id = avatar_shown(d->entity->avatar);
	const struct pep_node *data = pep_node_find(pep, NS_AVATAR_DATA),
			      *metadata = pep_node_find(pep, NS_AVATAR_METADATA);
	struct pep_subject who;

	if (!id.len || !data || !metadata)
		return STR("");
	who = pep_asker(d);
	/* Whoever is shown the user's presence sees its picture: also those in a room with him. */
	who.sees_presence |= presence_is_directed(d->entity, jid_bare_str(d->stanza.from));
	if (pep_may_read(data, &who) || pep_may_read(metadata, &who))
		return STR("");
	return pep_item_key(d->arena, NS_AVATAR_DATA, id);
}

/* By the first bytes, or as the metadata say. */
static struct str type_of(struct dispatch *d, struct str text)
{
	struct str image, type = STR("");

	if (!avatar_read_image(d->arena, text, &image))
		type = avatar_type_of(image);
	return type.len ? type : arena_dup(d->arena, str_from(d->entity->avatar->type));
}

void pep_avatar_give(struct dispatch *d, struct xml *card, struct str data)
{
	struct xml *el, *photo;
	struct str text;

	if (xml_parse(d->arena, data, &post_alone_scope, &post_limits, &el))
		return;
	text = xml_text(el, d->arena);
	while ((photo = xml_child(card, NS_VCARD, STR("PHOTO"))))
		xml_remove(photo);
	photo = xml_add_new(d->arena, card, NS_VCARD, STR("PHOTO"));
	(void)xml_add_text_el(d->arena, photo, NS_VCARD, STR("TYPE"), type_of(d, text));
	(void)xml_add_text_el(d->arena, photo, NS_VCARD, STR("BINVAL"), text);
}
