/* SPDX-License-Identifier: Apache-2.0 */
/* What a room keeps, see keep.h. */
#include "server/room/keep.h"

#include "base/mem.h"
#include "base/random.h"
#include "codec/hex.h"
#include "server/room/news.h"
#include "server/route/archive_id.h"
#include "server/route/lasting.h"
#include "xmpp/ns.h"

struct kept {
	int64_t seq;
	usec_t wall;
	struct bytes *stanza;
	struct news *news; /* owned; NULL: for nobody */
};

static void on_kept(struct entity *e, void *arg, enum err err)
{
	struct kept *k = arg;
	struct room *r = room_of(e);

	if (err)
		entity_reload(e);
	else if (r->has_past && str_find(bytes_str(k->stanza), STR("<body")) >= 0)
		room_remember(r, k->seq, k->wall, k->stanza);
	if (err)
		news_free(k->news);
	else
		news_tell(e, k->news);
	(void)bytes_unref(k->stanza);
	mem_free(k);
}

void keep_message(struct dispatch *d, struct str peer, struct xml *el)
{
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .seq = entity_next_seq(d->entity),
				       .peer = arena_dup(d->arena, peer),
				       .flags = ARCHIVE_OUT | lasting_flags(&d->stanza, d->arena) };
	struct xml *x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x")), *id;
	struct kept *k = mem_zalloc(1, sizeof(*k));

	d->seq = entry.seq;
	xml_set(d->arena, xml_add_new(d->arena, x, NS_MUC_USER, STR("item")), STR("jid"),
		entry.peer);
	*k = (struct kept){ .seq = entry.seq, .wall = wall_now(), .stanza = dispatch_bytes(d, el) };
	txn_append(dispatch_txn(d), k->wall, bytes_str(k->stanza), &entry, 1);
	k->news = news_of_message(d, room_of(d->entity),
				  &(struct news_message){ .el = el,
							  .sender = entry.peer,
							  .seq = entry.seq,
							  .flags = entry.flags });
	dispatch_call(d, on_kept, k);
	xml_remove(x);
	id = xml_add_new(d->arena, el, NS_SID, STR("stanza-id"));
	xml_set(d->arena, id, STR("by"), d->entity->jid.full);
	xml_set(d->arena, id, STR("id"), archive_id_write(d->home, d->arena, entry.seq));
}

struct str keep_random_id(struct dispatch *d)
{
	uint8_t bytes[8];
	struct sbuf out scoped(sbuf_done) = SBUF(2 * sizeof(bytes));

	random_fill(bytes, sizeof(bytes));
	(void)hex_encode(&out, str_make((const char *)bytes, sizeof(bytes)));
	return arena_dup(d->arena, sbuf_str(&out));
}
