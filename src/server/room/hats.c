/* SPDX-License-Identifier: Apache-2.0 */
/* Hats in presence and in the store, see hats.h. */
#include "server/room/hats.h"

#include "codec/hex.h"
#include "crypto/digest.h"
#include "xmpp/ns.h"

void hats_add(struct dispatch *d, const struct room *r, struct xml *presence, struct str bare)
{
	const struct room_wearer *w = room_hats_of(&r->hats, bare);
	struct xml *hats;

	if (!w)
		return;
	hats = xml_add_new(d->arena, presence, NS_HATS, STR("hats"));
	for (size_t i = 0; i < w->count; i++) {
		const struct room_hat *hat = room_hats_find(&r->hats, w->uris[i]);
		struct xml *el;

		if (!hat)
			continue;
		el = xml_add_new(d->arena, hats, NS_HATS, STR("hat"));
		xml_set(d->arena, el, STR("title"), hat->title);
		xml_set(d->arena, el, STR("uri"), hat->uri);
		if (hat->hue.len)
			xml_set(d->arena, el, STR("hue"), hat->hue);
	}
}

struct str hats_hash(struct dispatch *d, const struct room *r)
{
	uint8_t sum[DIGEST_MAX];
	struct sbuf out scoped(sbuf_done) = SBUF(sizeof(sum) * 2);
	struct digest_stream stream;

	if (!r->hats.count)
		return STR("");
	digest_begin(&stream, DIGEST_SHA1);
	for (size_t i = 0; i < r->hats.count; i++) {
		const struct room_hat *hat = &r->hats.hats[i];

		digest_add(&stream, ARENA_JOIN(d->arena, hat->uri, STR("\n"), hat->title, STR("\n"),
					       hat->hue, STR("\n")));
	}
	digest_end(&stream, sum);
	(void)hex_encode(&out, str_make((const char *)sum, digest_len(DIGEST_SHA1)));
	return arena_dup(d->arena, sbuf_str(&out));
}

void hats_store(struct dispatch *d, const struct room *r, struct str uri)
{
	const struct room_hat *hat = room_hats_find(&r->hats, uri);

	if (hat)
		txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_HAT_SPACE, uri,
			room_hat_encode(hat, d->arena));
	else
		txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_HAT_SPACE, uri);
}

void hats_store_wearer(struct dispatch *d, const struct room *r, struct str bare)
{
	const struct room_wearer *w = room_hats_of(&r->hats, bare);

	if (w)
		txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_WEARER_SPACE, bare,
			room_wearer_encode(w, d->arena));
	else
		txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_WEARER_SPACE, bare);
}
