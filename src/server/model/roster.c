/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters in memory and in the store, see roster.h. */
#include "server/model/roster.h"

#include "base/mem.h"

struct roster *roster_new(void)
{
	struct roster *r = mem_zalloc(1, sizeof(*r));

	map_init(&r->items);
	return r;
}

static void drop(struct str *s)
{
	mem_free((void *)(uintptr_t)s->ptr);
	*s = STR_NONE;
}

static void set(struct str *to, struct str s)
{
	struct str copy = s.ptr ? str_make(str_dup(s), s.len) : STR_NONE;

	drop(to);
	*to = copy;
}

static void item_free(struct roster_item *item)
{
	drop(&item->jid);
	drop(&item->name);
	drop(&item->groups);
	drop(&item->request);
	mem_free(item);
}

void roster_free(struct roster **roster)
{
	struct roster *r = *roster;
	struct roster_item *item;
	size_t at = 0;

	*roster = NULL;
	if (!r)
		return;
	while ((item = map_next(&r->items, &at)))
		item_free(item);
	map_done(&r->items);
	mem_free(r);
}

struct roster_item *roster_find(const struct roster *r, struct str jid)
{
	return map_get(&r->items, jid);
}

struct roster_item *roster_get(struct roster *r, struct str jid)
{
	struct roster_item *item = roster_find(r, jid);

	if (item)
		return item;
	item = mem_zalloc(1, sizeof(*item));
	set(&item->jid, jid);
	(void)map_set(&r->items, item->jid, item);
	return item;
}

void roster_describe(struct roster *r, struct roster_item *item, struct str name, struct str groups)
{
	set(&item->name, name);
	set(&item->groups, groups);
	roster_set_flags(r, item, item->flags | ROSTER_LISTED);
}

void roster_set_request(struct roster_item *item, struct str request)
{
	set(&item->request, request);
}

void roster_set_flags(struct roster *r, struct roster_item *item, unsigned flags)
{
	if ((flags ^ item->flags) & ROSTER_LISTED)
		r->listed += flags & ROSTER_LISTED ? 1 : (size_t)-1;
	item->flags = flags;
	if (!(flags & ROSTER_PENDING_IN))
		drop(&item->request);
}

void roster_remove(struct roster *r, struct roster_item *item)
{
	roster_set_flags(r, item, 0);
	(void)map_remove(&r->items, item->jid);
	item_free(item);
}

size_t roster_bytes(const struct roster *r)
{
	const struct roster_item *item;
	size_t at = 0, n = 0;

	while ((item = map_next(&r->items, &at)))
		n += item->jid.len + item->name.len + item->groups.len;
	return n;
}

struct str roster_subscription(const struct roster_item *item)
{
	switch (item->flags & (ROSTER_TO | ROSTER_FROM)) {
	case ROSTER_TO:
		return STR("to");
	case ROSTER_FROM:
		return STR("from");
	case ROSTER_TO | ROSTER_FROM:
		return STR("both");
	default:
		return STR("none");
	}
}

/* ---- in the store ----
 * "1" flags name groups... request, joined by separators; a name that is not set is a lone "-"
 * before its separator, a set one has "+" in front. */

static const char separator[] = { ROSTER_SEPARATOR, '\0' };

struct str roster_item_encode(const struct roster_item *item, struct arena *a)
{
	size_t groups = 0;
	struct str rest = item->groups, group;

	while (item->groups.len && str_split(&rest, ROSTER_SEPARATOR, &group))
		groups++;
	return arena_printf(a, "1%s%u%s%zu%s%s%.*s%s%.*s%s%.*s", separator, item->flags, separator,
			    groups, separator, item->name.ptr ? "+" : "-", STR_ARG(item->name),
			    separator, STR_ARG(item->groups), separator, STR_ARG(item->request));
}

struct str roster_version_encode(const struct roster *r, struct arena *a)
{
	return arena_printf(a, "%llu", (unsigned long long)r->version);
}

static enum err decode_item(struct roster *r, struct str key, struct str value)
{
	struct str part, name, groups, group;
	uint64_t flags, count;
	struct roster_item *item;

	if (!str_split(&value, ROSTER_SEPARATOR, &part) || !str_eq(part, STR("1")) ||
	    !str_split(&value, ROSTER_SEPARATOR, &part) || str_to_u64(part, &flags) || flags > 63 ||
	    !str_split(&value, ROSTER_SEPARATOR, &part) || str_to_u64(part, &count) ||
	    count > ROSTER_GROUPS_MAX || !str_split(&value, ROSTER_SEPARATOR, &name) ||
	    name.len < 1)
		return ERR_INVALID;
	groups = str_make(value.ptr, 0);
	for (uint64_t i = 0; i < (count ? count : 1); i++) {
		if (!str_split(&value, ROSTER_SEPARATOR, &group))
			return ERR_INVALID;
		groups.len = (size_t)(group.ptr + group.len - groups.ptr);
	}
	item = roster_get(r, key);
	set(&item->name, name.ptr[0] == '+' ? str_from_at(name, 1) : STR_NONE);
	set(&item->groups, groups);
	roster_set_flags(r, item, (unsigned)flags);
	if (value.len)
		set(&item->request, value);
	return OK;
}

enum err roster_decode(struct roster *r, struct str key, struct str value)
{
	return key.len ? decode_item(r, key, value) : str_to_u64(value, &r->version);
}
