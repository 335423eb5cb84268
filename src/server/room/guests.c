/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears of a room without being a member, see guests.h. */
#include "server/room/guests.h"

#include "base/mem.h"
#include "server/route/member_news.h"

bool guests_is_account(const struct home *h, struct str bare)
{
	ptrdiff_t at = str_index(bare, '@');
	const struct realm *realm = home_realm(h, str_from_at(bare, (size_t)(at + 1)));

	return at > 0 && realm && realm->has_accounts;
}

void guests_forget(struct room *r)
{
	r->guests = member_list_unref(r->guests);
}

void guests_add(struct room *r, struct str bare)
{
	char *name;

	if (r->hearers.count >= ROOM_HEARERS_MAX || map_get(&r->hearers, bare))
		return;
	name = str_dup(bare);
	(void)map_set(&r->hearers, str_from(name), name);
	guests_forget(r);
}

void guests_drop(struct room *r, struct str bare)
{
	mem_free(map_remove(&r->hearers, bare));
	guests_forget(r);
}

static enum room_affiliation affiliation_of(const struct room *r, struct str bare)
{
	ptrdiff_t at = str_index(bare, '@');
	struct jid who = { .full = bare,
			   .node = at < 0 ? STR_NONE : str_sub(bare, 0, (size_t)at),
			   .domain = str_from_at(bare, (size_t)(at + 1)) };

	return room_members_get(&r->members, who);
}

static bool may_hear(const struct room *r, struct str bare)
{
	enum room_affiliation a = affiliation_of(r, bare);

	return a > AFFILIATION_NONE || (a == AFFILIATION_NONE && !r->config.is_members_only);
}

bool guests_is_guest(const struct room *r, struct str bare)
{
	return guests_is_account(r->entity->home, bare) && may_hear(r, bare) &&
	       affiliation_of(r, bare) == AFFILIATION_NONE;
}

bool guests_is_there(const struct room *r, struct str bare)
{
	return map_get(&r->hearers, bare) || room_occupant_by_bare(r, bare);
}

struct member_list *guests_of(struct room *r)
{
	struct home *h = r->entity->home;
	const struct occupant *o;
	const char *name;
	size_t at = 0;

	if (r->guests)
		return r->guests;
	r->guests = member_list_new(h);
	while ((name = map_next(&r->hearers, &at))) {
		if (guests_is_guest(r, str_from(name)))
			member_list_add(r->guests, h, str_from(name));
	}
	at = 0;
	while (!room_is_large(r) && (o = map_next(&r->occupants, &at))) {
		if (!map_get(&r->hearers, o->bare) && guests_is_guest(r, o->bare))
			member_list_add(r->guests, h, o->bare);
	}
	return r->guests;
}
