/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and news for members, see news.h. */
#include "server/room/news.h"

#include "server/model/inbox.h"
#include "xmpp/ns.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- who belongs ---- */

static bool is_account(const struct home *h, struct str jid)
{
	ptrdiff_t at = str_index(jid, '@');
	const struct realm *realm = home_realm(h, str_from_at(jid, (size_t)(at + 1)));

	return at > 0 && realm && realm->has_accounts;
}

static struct member_list *members_of(struct room *r)
{
	const struct home *h = r->entity->home;
	const struct room_member *m;
	size_t at = 0;

	if (r->accounts)
		return r->accounts;
	r->accounts = member_list_new(h);
	while ((m = map_next(&r->members.items, &at))) {
		if (m->affiliation > AFFILIATION_NONE && is_account(h, m->jid))
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
	if (!is_account(d->home, jid))
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

struct mentions {
	struct dispatch *d;
	struct room *r;
	struct str sender;
	struct str
		list[NEWS_MENTIONED_MAX]; /* views of what lives with the room, or in the arena */
	size_t count;
};

static void add_mention(struct mentions *m, struct str bare)
{
	const struct room_member *member = room_members_find(&m->r->members, bare);

	if (!member || member->affiliation <= AFFILIATION_NONE || str_eq(bare, m->sender) ||
	    !is_account(m->d->home, bare) || m->count == NEWS_MENTIONED_MAX)
		return;
	for (size_t i = 0; i < m->count; i++) {
		if (str_eq(m->list[i], bare))
			return;
	}
	m->list[m->count++] = member->jid;
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
		add_mention(m, jid_bare_str(jid));
		return;
	}
	o = room_occupant(m->r, jid.resource);
	reserved = room_members_by_nick(&m->r->members, jid.resource);
	if (o)
		add_mention(m, o->bare);
	else if (reserved)
		add_mention(m, reserved->jid);
}

static void add_occupant_id(struct mentions *m, struct str id)
{
	const struct occupant *o;
	size_t at = 0;

	while (id.len && (o = map_next(&m->r->occupants, &at))) {
		if (str_eq(o->id, id)) {
			add_mention(m, o->bare);
			return;
		}
	}
}

/* XEP-0372 and XEP-0513: who is named as such. */
static void add_explicit(struct mentions *m, const struct xml *el)
{
	static const struct str scheme = STR_INIT("xmpp:");

	xml_each (child, el) {
		struct str uri = xml_attr(child, STR("uri"));

		if (xml_is(child, STR("urn:xmpp:reference:0"), STR("reference")) &&
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
			add_mention(m, o->bare);
	}
	at = 0;
	while (body.len && (member = map_next(&m->r->members.nicks, &at))) {
		if (has_word(body, member->nick))
			add_mention(m, member->jid);
	}
}

static int by_jid(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

static void keep_mentions(struct mentions *m, struct member_news *n)
{
	n->mentioned = arena_alloc(&n->arena, (m->count + 1) * sizeof(*n->mentioned));
	for (size_t i = 0; i < m->count; i++) {
		txn_put(dispatch_txn(m->d), m->list[i], MENTION_SPACE,
			mention_key(n->room, n->seq, m->d->arena), STR(""));
		n->mentioned[n->mentioned_count++] = arena_dup(&n->arena, m->list[i]);
	}
	if (n->mentioned_count)
		qsort(n->mentioned, n->mentioned_count, sizeof(*n->mentioned), by_jid);
}

/* ---- messages ---- */

struct member_news *news_of_message(struct dispatch *d, struct room *r, const struct xml *el,
				    struct str sender, int64_t seq, unsigned flags)
{
	struct str body = xml_child_text(el, NS_CLIENT, STR("body"), d->arena);
	struct mentions *m;
	struct member_news *n;

	if (!members_of(r)->count)
		return NULL;
	n = member_news_new(MEMBER_MESSAGE);
	n->room = arena_dup(&n->arena, d->entity->jid.full);
	n->sender = arena_dup(&n->arena, sender);
	n->occupant = arena_dup(&n->arena, xml_attr(el, STR("from")));
	n->id = arena_dup(&n->arena, xml_attr(el, STR("id")));
	n->body = arena_dup(&n->arena, body);
	n->seq = seq;
	n->flags = flags & (ARCHIVE_TEXT | ARCHIVE_COUNTED);
	n->is_private = r->config.is_members_only;
	if (!(flags & ARCHIVE_COUNTED))
		return n;
	m = arena_new(d->arena, struct mentions);
	m->d = d;
	m->r = r;
	m->sender = sender;
	add_explicit(m, el);
	add_named(m, body);
	keep_mentions(m, n);
	return n;
}

void news_tell(struct entity *e, struct member_news *n)
{
	struct room *r = room_of(e);

	if (n && r->exists)
		member_news_send(e->home, members_of(r), n);
	(void)member_news_unref(n);
}
