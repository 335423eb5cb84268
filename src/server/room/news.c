/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and news for members, see news.h. */
#include "server/room/news.h"

#include "base/mem.h"
#include "server/model/inbox.h"
#include "server/room/guests.h"
#include "server/room/mentioned.h"
#include "xmpp/ns.h"

/* ---- who belongs ---- */

static struct member_list *members_of(struct room *r)
{
	const struct home *h = r->entity->home;
	const struct room_member *m;
	size_t at = 0;

	if (r->accounts)
		return r->accounts;
	r->accounts = member_list_new(h);
	while ((m = map_next(&r->members.items, &at))) {
		if (m->affiliation > AFFILIATION_NONE && guests_is_account(h, m->jid))
			member_list_add(r->accounts, h, m->jid);
	}
	return r->accounts;
}

static void on_stored(struct entity *e, void *arg, enum err err)
{
	struct member_news *n = arg;
	struct member_list *l;

	if (!err) {
		l = member_list_new(e->home);
		for (size_t i = 0; i < n->mentioned_count; i++)
			member_list_add(l, e->home, n->mentioned[i]);
		member_news_send(e->home, l, n);
		(void)member_list_unref(l);
	}
	(void)member_news_unref(n);
}

/* News for one account, or all of the room's, which stand in the place of those mentioned. */
static struct member_news *standing_new(struct dispatch *d, size_t count)
{
	struct member_news *n = member_news_new(MEMBER_STANDING);

	n->room = arena_dup(&n->arena, d->entity->jid.full);
	n->mentioned = arena_alloc(&n->arena, (count + 1) * sizeof(*n->mentioned));
	return n;
}

static void end_standing(struct dispatch *d, struct str jid)
{
	txn_delete(dispatch_txn(d), jid, MEMBERSHIP_SPACE, d->entity->jid.full);
	txn_delete(dispatch_txn(d), jid, MEMBER_SINCE_SPACE, d->entity->jid.full);
}

void news_of_standing(struct dispatch *d, struct room *r, struct str jid)
{
	const struct room_member *m = room_members_find(&r->members, jid);
	struct member_news *n;

	r->accounts = member_list_unref(r->accounts);
	guests_forget(r);
	if (!guests_is_account(d->home, jid))
		return;
	if (!m || m->affiliation <= AFFILIATION_NONE) {
		end_standing(d, jid);
	} else {
		txn_put(dispatch_txn(d), jid, MEMBERSHIP_SPACE, d->entity->jid.full,
			room_affiliation_name(m->affiliation));
		if (m->is_new)
			txn_put(dispatch_txn(d), jid, MEMBER_SINCE_SPACE, d->entity->jid.full,
				arena_printf(d->arena, "%lld", (long long)d->entity->last_seq));
	}
	n = standing_new(d, 1);
	n->mentioned[n->mentioned_count++] = arena_dup(&n->arena, jid);
	dispatch_call(d, on_stored, n);
}

void news_of_end(struct dispatch *d, struct room *r)
{
	struct member_list *l = members_of(r);
	struct member_news *n = standing_new(d, l->count);

	for (unsigned i = 0; i < l->homes; i++) {
		for (size_t k = 0; k < l->parts[i].count; k++) {
			struct str jid = l->parts[i].members[k];

			end_standing(d, jid);
			n->mentioned[n->mentioned_count++] = arena_dup(&n->arena, jid);
		}
	}
	r->accounts = member_list_unref(r->accounts);
	dispatch_call(d, on_stored, n);
}

/* ---- messages ---- */

static void name_them(struct member_news *n, const struct mentioned_list *list)
{
	n->mentioned = arena_alloc(&n->arena, (list->count + 1) * sizeof(*n->mentioned));
	for (size_t i = 0; i < list->count; i++)
		n->mentioned[n->mentioned_count++] = arena_dup(&n->arena, list->names[i]);
}

static void keep_mentions(struct dispatch *d, const struct mentioned_list *members, int64_t seq)
{
	struct str key = mention_key(d->entity->jid.full, seq, d->arena);

	for (size_t i = 0; i < members->count; i++)
		txn_put(dispatch_txn(d), members->names[i], MENTION_SPACE, key, STR(""));
}

struct news {
	struct member_news *members, *guests; /* counts; NULL: for nobody */
};

static struct member_news *message_new(struct dispatch *d, const struct room *r,
				       const struct news_message *said, enum member_event event)
{
	struct member_news *n = member_news_new(event);
	struct str body = xml_child_text(said->el, NS_CLIENT, STR("body"), d->arena);

	n->room = arena_dup(&n->arena, d->entity->jid.full);
	n->sender = arena_dup(&n->arena, said->sender);
	n->occupant = arena_dup(&n->arena, xml_attr(said->el, STR("from")));
	n->id = arena_dup(&n->arena, xml_attr(said->el, STR("id")));
	n->body = arena_dup(&n->arena, body);
	n->seq = said->seq;
	n->flags = said->flags & (ARCHIVE_TEXT | ARCHIVE_COUNTED);
	n->is_private = r->config.is_members_only;
	return n;
}

struct news *news_of_message(struct dispatch *d, struct room *r, const struct news_message *said)
{
	const bool is_new = said->flags & ARCHIVE_COUNTED;
	struct mentioned m = { 0 };
	bool is_heard;
	struct news *n;

	if (is_new)
		mentioned_find(d, r, said->el, said->sender, &m);
	keep_mentions(d, &m.members, said->seq);
	is_heard = is_new && (guests_of(r)->count || m.guests.count);
	if (!members_of(r)->count && !is_heard)
		return NULL;
	n = mem_zalloc(1, sizeof(*n));
	if (members_of(r)->count) {
		n->members = message_new(d, r, said, MEMBER_MESSAGE);
		name_them(n->members, &m.members);
	}
	if (is_heard) {
		n->guests = message_new(d, r, said, MEMBER_OVERHEARD);
		name_them(n->guests, &m.guests);
	}
	return n;
}

/* In a large room those who are mentioned hear of it, without standing in its list. */
static void tell_mentioned(struct entity *e, const struct room *r, struct member_news *n)
{
	struct member_list *l = member_list_new(e->home);

	for (size_t i = 0; i < n->mentioned_count; i++) {
		if (!map_get(&r->hearers, n->mentioned[i]))
			member_list_add(l, e->home, n->mentioned[i]);
	}
	member_news_send(e->home, l, n);
	(void)member_list_unref(l);
}

void news_tell(struct entity *e, struct news *n)
{
	struct room *r = room_of(e);

	if (n && n->members && r->exists)
		member_news_send(e->home, members_of(r), n->members);
	if (n && n->guests && r->exists) {
		member_news_send(e->home, guests_of(r), n->guests);
		if (room_is_large(r))
			tell_mentioned(e, r, n->guests);
	}
	news_free(n);
}

void news_free(struct news *n)
{
	if (!n)
		return;
	(void)member_news_unref(n->members);
	(void)member_news_unref(n->guests);
	mem_free(n);
}
