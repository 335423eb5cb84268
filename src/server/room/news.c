/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and news for members, see news.h. */
#include "server/room/news.h"

#include "base/mem.h"
#include "server/model/inbox.h"
#include "server/room/guests.h"
#include "xmpp/ns.h"

#include <ctype.h>
#include <stdlib.h>

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

/* ---- who is mentioned ---- */

struct named {
	struct str
		list[NEWS_MENTIONED_MAX]; /* views of what lives with the room, or in the arena */
	size_t count;
};

struct mentions {
	struct dispatch *d;
	struct room *r;
	struct str sender;
	struct named members, guests;
};

static void add_name(struct named *n, struct str bare)
{
	for (size_t i = 0; i < n->count; i++) {
		if (str_eq(n->list[i], bare))
			return;
	}
	if (n->count < NEWS_MENTIONED_MAX)
		n->list[n->count++] = bare;
}

/* is_there: it is an occupant; else that is looked up. */
static void add_mention(struct mentions *m, struct str bare, bool is_there)
{
	const struct room_member *member = room_members_find(&m->r->members, bare);

	if (str_eq(bare, m->sender) || !guests_is_account(m->d->home, bare))
		return;
	if (member && member->affiliation > AFFILIATION_NONE)
		add_name(&m->members, member->jid);
	else if (guests_is_guest(m->r, bare) && (is_there || guests_is_there(m->r, bare)))
		add_name(&m->guests, arena_dup(m->d->arena, bare));
}

/* An address of a person, or of an occupant of this room. */
static void add_jid(struct mentions *m, struct str text)
{
	const struct occupant *o;
	const struct room_member *reserved;
	struct jid jid;

	if (jid_parse(m->d->arena, text, &jid))
		return;
	if (!jid_bare_eq(jid, m->d->entity->jid)) {
		add_mention(m, jid_bare_str(jid), false);
		return;
	}
	o = room_occupant(m->r, jid.resource);
	reserved = room_members_by_nick(&m->r->members, jid.resource);
	if (o)
		add_mention(m, o->bare, true);
	else if (reserved)
		add_mention(m, reserved->jid, false);
}

static void add_occupant_id(struct mentions *m, struct str id)
{
	const struct occupant *o;
	size_t at = 0;

	while (id.len && (o = map_next(&m->r->occupants, &at))) {
		if (str_eq(o->id, id)) {
			add_mention(m, o->bare, true);
			return;
		}
	}
}

/* XEP-0372 and XEP-0513: who is named as such. */
static void add_explicit(struct mentions *m, const struct xml *el)
{
	static const struct str scheme = STR_INIT("xmpp:"),
				reference = STR_INIT("urn:xmpp:reference:0");
	unsigned left = NEWS_EXPLICIT_MAX;

	xml_each (child, el) {
		struct str uri = xml_attr(child, STR("uri"));

		if (!str_eq(child->ns, reference) && !str_eq(child->ns, NS_MENTIONS))
			continue;
		if (!left--)
			return;
		if (xml_is(child, reference, STR("reference")) &&
		    str_eq(xml_attr(child, STR("type")), STR("mention")) && str_starts(uri, scheme))
			add_jid(m, str_from_at(uri, scheme.len));
		if (!xml_is(child, STR("urn:xmpp:mentions:0"), STR("mention")) ||
		    xml_attr(child, STR("mentions")).ptr)
			continue;
		if (xml_attr(child, STR("jid")).len)
			add_jid(m, xml_attr(child, STR("jid")));
		add_occupant_id(m, xml_attr(child, STR("occupantid")));
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether the nick stands in the text as a word of its own. */
static bool has_word(struct str text, struct str nick)
{
	size_t from = 0;
	ptrdiff_t at;

	while (nick.len && (at = str_find(str_from_at(text, from), nick)) >= 0) {
		size_t begin = from + (size_t)at, end = begin + nick.len;
		bool joins_left = begin && is_word(text.ptr[begin - 1]) && is_word(nick.ptr[0]);
		bool joins_right =
			end < text.len && is_word(text.ptr[end]) && is_word(nick.ptr[nick.len - 1]);

		if (!joins_left && !joins_right)
			return true;
		from = begin + 1;
	}
	return false;
}

/* Who is there under that name, and who has reserved it. */
static void add_named(struct mentions *m, struct str body)
{
	const struct room_member *member;
	const struct occupant *o;
	size_t at = 0;

	while (body.len && (o = map_next(&m->r->occupants, &at))) {
		if (has_word(body, o->nick))
			add_mention(m, o->bare, true);
	}
	at = 0;
	while (body.len && (member = map_next(&m->r->members.nicks, &at))) {
		if (has_word(body, member->nick))
			add_mention(m, member->jid, false);
	}
}

static int by_jid(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

static void name_them(struct member_news *n, const struct named *named)
{
	n->mentioned = arena_alloc(&n->arena, (named->count + 1) * sizeof(*n->mentioned));
	for (size_t i = 0; i < named->count; i++)
		n->mentioned[n->mentioned_count++] = arena_dup(&n->arena, named->list[i]);
	if (n->mentioned_count)
		qsort(n->mentioned, n->mentioned_count, sizeof(*n->mentioned), by_jid);
}

static void keep_mentions(struct mentions *m, int64_t seq)
{
	struct str key = mention_key(m->d->entity->jid.full, seq, m->d->arena);

	for (size_t i = 0; i < m->members.count; i++)
		txn_put(dispatch_txn(m->d), m->members.list[i], MENTION_SPACE, key, STR(""));
}

/* ---- messages ---- */

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

static struct mentions *find_mentions(struct dispatch *d, struct room *r,
				      const struct news_message *said)
{
	struct mentions *m = arena_new(d->arena, struct mentions);

	m->d = d;
	m->r = r;
	m->sender = said->sender;
	if (!(said->flags & ARCHIVE_COUNTED))
		return m;
	add_explicit(m, said->el);
	add_named(m, xml_child_text(said->el, NS_CLIENT, STR("body"), d->arena));
	keep_mentions(m, said->seq);
	return m;
}

struct news *news_of_message(struct dispatch *d, struct room *r, const struct news_message *said)
{
	const struct mentions *m = find_mentions(d, r, said);
	bool is_heard = (guests_of(r)->count || m->guests.count) && said->flags & ARCHIVE_COUNTED;
	struct news *n;

	if (!members_of(r)->count && !is_heard)
		return NULL;
	n = mem_zalloc(1, sizeof(*n));
	if (members_of(r)->count) {
		n->members = message_new(d, r, said, MEMBER_MESSAGE);
		name_them(n->members, &m->members);
	}
	if (is_heard) {
		n->guests = message_new(d, r, said, MEMBER_OVERHEARD);
		name_them(n->guests, &m->guests);
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
