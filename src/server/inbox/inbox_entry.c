/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as they are sent, see inbox_entry.h. The message is spliced in as it is stored. */
#include "server/inbox/inbox_entry.h"

#include "server/route/archive_id.h"
#include "server/route/archive_result.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static struct xml *make_entry(struct dispatch *d, const struct inbox_talk *t)
{
	struct xml *el = xml_new(d->arena, NS_INBOX, STR("entry"));
	uint64_t unread = t->row ? t->row->unread : 0;

	xml_set(d->arena, el, STR("jid"), t->jid);
	xml_set(d->arena, el, STR("unread"),
		arena_printf(d->arena, "%llu", (unsigned long long)unread));
	if (t->row)
		xml_set(d->arena, el, STR("id"),
			archive_id_write(d->home, d->arena, t->row->newest));
	return el;
}

/* XEP-0492, XEP-0469, and where it stands in the list: what the user wishes. */
static void add_wishes(struct dispatch *d, struct xml *el, const struct xml *extensions)
{
	static const struct {
		struct str ns, name;
	} wishes[] = { { STR_INIT("urn:xmpp:notification-settings:1"), STR_INIT("notify") },
		       { STR_INIT("urn:xmpp:bookmarks-pinning:0"), STR_INIT("pinned") },
		       { STR_INIT("urn:parley:chats:0"), STR_INIT("place") } };

	for (size_t i = 0; extensions && i < array_len(wishes); i++) {
		const struct xml *wish = xml_child(extensions, wishes[i].ns, wishes[i].name);

		if (wish)
			xml_add(el, xml_copy(d->arena, wish));
	}
}

static struct xml *make_conversation(struct dispatch *d, const struct inbox_talk *t)
{
	struct xml *el = xml_new(d->arena, NS_PARLEY_INBOX, STR("conversation"));

	xml_set(d->arena, el, STR("jid"), t->jid);
	if (t->is_gone) {
		xml_set(d->arena, el, STR("gone"), STR("true"));
		return el;
	}
	xml_set(d->arena, el, STR("type"), t->is_room ? STR("groupchat") : STR("chat"));
	if (t->is_room) {
		xml_set(d->arena, el, STR("affiliation"), t->member.affiliation);
		xml_set(d->arena, el, STR("mentions"), arena_printf(d->arena, "%u", t->mentions));
		if (t->name.len)
			xml_set(d->arena, el, STR("name"), t->name);
	}
	xml_set(d->arena, el, STR("marked"), t->mark.is_unread ? STR("true") : STR("false"));
	if (t->mark.seq)
		xml_set(d->arena, el, STR("displayed"),
			archive_id_write(d->home, d->arena, t->mark.seq));
	add_wishes(d, el, t->extensions);
	return el;
}

/* Real addresses are the room's to show, to those who ask it (XEP-0045 7.2.3). */
static struct str text_of(struct dispatch *d, const struct inbox_talk *t)
{
	struct str text = t->row->message->stanza;

	return t->is_room ? archive_result_anonymous(d->arena, text) : text;
}

struct bytes *inbox_entry(struct dispatch *d, const struct inbox_talk *t,
			  const struct inbox_letter *letter)
{
	struct xml *entry = make_entry(d, t), *conversation = make_conversation(d, t);
	struct sbuf *out = &d->home->scratch;

	sbuf_reset(out);
	(void)sbuf_lit(out, "<message from='");
	(void)xml_write_attr(out, d->entity->jid.full);
	(void)sbuf_lit(out, "' to='");
	(void)xml_write_attr(out, letter->to);
	(void)sbuf_lit(out, "'>");
	(void)xml_write(out, entry, NS_CLIENT);
	(void)xml_write(out, conversation, NS_CLIENT);
	if (letter->has_message && t->row && t->row->message->flags & ARCHIVE_TEXT) {
		struct archive_result r = { .query_id = letter->query_id,
					    .row = t->row->message,
					    .text = text_of(d, t) };

		(void)archive_result_write(d, out, &r);
	}
	(void)sbuf_lit(out, "</message>");
	return bytes_new(out->err ? STR("") : sbuf_str(out));
}
