/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a list of blocked addresses, see block_change.h. */
#include "server/route/block_change.h"

#include "base/random.h"
#include "server/route/abuse_book.h"
#include "server/route/registry.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* ---- who is told ---- */

void block_push(struct dispatch *d, struct str name, const struct blocklist *jids)
{
	struct xml *change = xml_new(d->arena, NS_BLOCKING, name);
	const struct blocklist_item *item;
	size_t at = 0;

	while (jids && (item = map_next(&jids->items, &at))) {
		struct xml *el = xml_add_new(d->arena, change, NS_BLOCKING, STR("item"));

		xml_set(d->arena, el, STR("jid"), arena_dup(d->arena, item->jid));
	}
	resource_each(r, &d->entity->resources)
	{
		struct xml *iq = xml_new(d->arena, NS_CLIENT, STR("iq"));
		char id[13];

		if (!r->watches_blocking)
			continue;
		random_token(id, sizeof(id) - 1);
		xml_set(d->arena, iq, STR("type"), STR("set"));
		xml_set(d->arena, iq, STR("id"), arena_dup(d->arena, str_from(id)));
		xml_set(d->arena, iq, STR("to"), arena_dup(d->arena, r->jid.full));
		xml_add(iq, xml_copy(d->arena, change));
		dispatch_deliver(d, r, iq);
	}
}

void block_tell(struct dispatch *d, const struct blocklist *changed, bool is_blocked)
{
	for (const struct feature *const *f = registry_features(d->home->registry); *f; f++) {
		if ((*f)->on_blocking)
			(*f)->on_blocking(d, changed, is_blocked);
	}
}

/* ---- reports ---- */

void block_report(struct dispatch *d, struct str jid, const struct xml *report)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ABUSE_MARKUP_MAX);
	struct str reason = report ? xml_attr(report, STR("reason")) : STR_NONE;
	struct abuse abuse;

	if (!reason.len || xml_write_alone(&out, report))
		return;
	abuse = (struct abuse){ .by = d->entity->jid.full, .about = jid, .markup = sbuf_str(&out) };
	txn_put(dispatch_txn(d), d->entity->jid.full, REPORT_SPACE, jid, abuse.markup);
	abuse_file(d, &abuse, report);
	log_info(&d->entity->log, "abuse reported", F_STR("address", jid), F_STR("reason", reason));
}

bool block_has_room(const struct dispatch *d, const struct blocklist *jids)
{
	const struct blocklist *now = d->entity->blocklist;
	size_t count = now ? now->items.count : 0, bytes = now ? now->bytes : 0;
	const struct blocklist_item *item;
	size_t at = 0;

	while ((item = map_next(&jids->items, &at))) {
		if (blocklist_has(now, item->jid))
			continue;
		count++;
		bytes += item->jid.len;
	}
	return count <= (size_t)conf_int(d->home->conf, "limits.blocked_addresses") &&
	       bytes <= BLOCKLIST_BYTES_MAX;
}

/* ---- changes ---- */

void block_add(struct dispatch *d, const struct blocklist *jids)
{
	struct entity *e = d->entity;
	const struct blocklist_item *item;
	size_t at = 0;

	block_push(d, STR("block"), jids);
	block_tell(d, jids, true);
	if (!e->blocklist)
		e->blocklist = blocklist_new();
	while ((item = map_next(&jids->items, &at))) {
		if (blocklist_has(e->blocklist, item->jid))
			continue;
		blocklist_add(e->blocklist, item->jid);
		txn_put(dispatch_txn(d), e->jid.full, BLOCK_SPACE, item->jid, STR(""));
	}
}
