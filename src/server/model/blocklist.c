/* SPDX-License-Identifier: Apache-2.0 */
/* Blocked addresses, see blocklist.h. */
#include "server/model/blocklist.h"

#include "base/mem.h"

struct blocklist *blocklist_new(void)
{
	struct blocklist *l = mem_zalloc(1, sizeof(*l));

	map_init(&l->items);
	return l;
}

static void item_free(struct blocklist_item *item)
{
	mem_free((void *)(uintptr_t)item->jid.ptr);
	mem_free(item);
}

void blocklist_free(struct blocklist **list)
{
	struct blocklist *l = *list;
	struct blocklist_item *item;
	size_t at = 0;

	*list = NULL;
	if (!l)
		return;
	while ((item = map_next(&l->items, &at)))
		item_free(item);
	map_done(&l->items);
	mem_free(l);
}

bool blocklist_has(const struct blocklist *l, struct str jid)
{
	return l && map_get(&l->items, jid);
}

void blocklist_add(struct blocklist *l, struct str jid)
{
	struct blocklist_item *item;

	if (blocklist_has(l, jid))
		return;
	item = mem_zalloc(1, sizeof(*item));
	item->jid = str_make(str_dup(jid), jid.len);
	(void)map_set(&l->items, item->jid, item);
	l->bytes += jid.len;
}

void blocklist_remove(struct blocklist *l, struct str jid)
{
	struct blocklist_item *item = map_remove(&l->items, jid);

	if (!item)
		return;
	l->bytes -= item->jid.len;
	item_free(item);
}

bool blocklist_covers(const struct blocklist *l, struct jid who)
{
	if (blocklist_is_empty(l) || !jid_is_set(who))
		return false;
	return map_get(&l->items, who.full) ||
	       (who.node.len && who.resource.len && map_get(&l->items, jid_bare_str(who))) ||
	       map_get(&l->items, who.domain);
}
