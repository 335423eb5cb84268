/* SPDX-License-Identifier: Apache-2.0 */
/* Who is mentioned, see mentioned.h. */
#include "server/room/mentioned.h"

#include "server/room/guests.h"
#include "server/room/mentions.h"
#include "xmpp/ns.h"

#include <ctype.h>
#include <stdlib.h>

/* Names while they are gathered. */
struct pile {
	struct mentioned_list list;
	size_t cap;
};

struct search {
	struct dispatch *d;
	struct room *r;
	struct str sender;
	struct pile members, guests;
	struct mentioned_list spared; /* XEP-0513 4.4.2: not to be disturbed */
};

static bool has(const struct mentioned_list *l, struct str bare)
{
	for (size_t i = 0; i < l->count; i++) {
		if (str_eq(l->names[i], bare))
			return true;
	}
	return false;
}

static void append(struct arena *a, struct pile *p, struct str bare)
{
	if (p->list.count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 8;
		struct str *names = arena_alloc(a, cap * sizeof(*names));

		if (p->list.count)
			memcpy(names, p->list.names, p->list.count * sizeof(*names));
		p->list.names = names;
		p->cap = cap;
	}
	p->list.names[p->list.count++] = bare;
}

/* Where somebody belongs; NULL: he is not to be told, or has no account here. is_there: he is an
 * occupant; else that is looked up. */
static struct pile *pile_of(struct search *s, struct str bare, bool is_there)
{
	const struct room_member *member = room_members_find(&s->r->members, bare);

	if (str_eq(bare, s->sender) || !guests_is_account(s->d->home, bare) ||
	    has(&s->spared, bare))
		return NULL;
	if (member && member->affiliation > AFFILIATION_NONE)
		return &s->members;
	if (guests_is_guest(s->r, bare) && (is_there || guests_is_there(s->r, bare)))
		return &s->guests;
	return NULL;
}

/* ---- one by one ---- */

static void add_one(struct search *s, struct str bare, bool is_there)
{
	struct pile *p = pile_of(s, bare, is_there);

	if (p && p->list.count < MENTIONED_MAX && !has(&p->list, bare))
		append(s->d->arena, p, bare);
}

/* What is found. */
struct person {
	struct str bare; /* empty: nobody */
	bool is_there;
};

static struct person person_there(const struct occupant *o)
{
	return (struct person){ .bare = o ? o->bare : STR_NONE, .is_there = o != NULL };
}

/* An address of a person, or of an occupant of this room. */
static struct person by_jid(struct search *s, struct str text)
{
	const struct room_member *reserved;
	struct jid jid;

	if (!text.len || jid_parse(s->d->arena, text, &jid))
		return (struct person){ .bare = STR_NONE };
	if (!jid_bare_eq(jid, s->d->entity->jid))
		return (struct person){ .bare = jid_bare_str(jid) };
	reserved = room_members_by_nick(&s->r->members, jid.resource);
	if (!room_occupant(s->r, jid.resource) && reserved)
		return (struct person){ .bare = reserved->jid };
	return person_there(room_occupant(s->r, jid.resource));
}

static struct person by_id(const struct search *s, struct str id)
{
	const struct occupant *o;
	size_t at = 0;

	while (id.len && (o = map_next(&s->r->occupants, &at))) {
		if (str_eq(o->id, id))
			return person_there(o);
	}
	return (struct person){ .bare = STR_NONE };
}

static bool is_group(const struct xml *mention)
{
	return xml_attr(mention, STR("mentions")).ptr != NULL;
}

static struct person by_mention(struct search *s, const struct xml *mention)
{
	struct person found = by_id(s, xml_attr(mention, STR("occupantid")));

	return found.bare.len ? found : by_jid(s, xml_attr(mention, STR("jid")));
}

/* ---- groups (XEP-0513 4.2) ---- */

#define GROUP(name) STR_INIT("urn:xmpp:mentions:0#" name)

enum group_kind { GROUP_ALL, GROUP_ROLE, GROUP_AFFILIATION, GROUP_HAT };

struct group {
	struct str name;
	enum group_kind kind;
	int which; /* enum room_role or room_affiliation */
};

static const struct group groups[] = {
	{ GROUP("channel"), GROUP_ALL, 0 },
	{ GROUP("moderators"), GROUP_ROLE, ROLE_MODERATOR },
	{ GROUP("participants"), GROUP_ROLE, ROLE_PARTICIPANT },
	{ GROUP("visitors"), GROUP_ROLE, ROLE_VISITOR },
	{ GROUP("owner"), GROUP_AFFILIATION, AFFILIATION_OWNER },
	{ GROUP("admin"), GROUP_AFFILIATION, AFFILIATION_ADMIN },
	{ GROUP("member"), GROUP_AFFILIATION, AFFILIATION_MEMBER },
	{ GROUP("none"), GROUP_AFFILIATION, AFFILIATION_NONE },
	{ GROUP("hats"), GROUP_HAT, 0 },
};

static const struct group *find_group(struct str name)
{
	for (size_t i = 0; i < array_len(groups); i++) {
		if (str_eq(groups[i].name, name))
			return &groups[i];
	}
	return NULL;
}

/* o: NULL for who is not there: he has no role. */
static bool belongs(const struct search *s, const struct group *g, struct str hat, struct str bare,
		    const struct occupant *o)
{
	const struct room_member *m = room_members_find(&s->r->members, bare);

	switch (g->kind) {
	case GROUP_ALL:
		return true;
	case GROUP_ROLE:
		return o && (int)o->role == g->which;
	case GROUP_AFFILIATION:
		return (m ? (int)m->affiliation : AFFILIATION_NONE) == g->which;
	case GROUP_HAT:
		return room_hats_wears(&s->r->hats, bare, hat);
	}
	return false;
}

static void add_of_group(struct search *s, struct str bare, bool is_there)
{
	struct pile *p = pile_of(s, bare, is_there);

	if (p && p->list.count < MENTIONED_GROUP_MAX)
		append(s->d->arena, p, bare);
}

/* Those who are there, and (is_here: not) the members who are away: affiliation is membership. */
static void add_group(struct search *s, const struct group *g, struct str hat, bool is_here)
{
	const struct room_member *m;
	const struct occupant *o;
	size_t at = 0;

	while ((o = map_next(&s->r->occupants, &at))) {
		if (belongs(s, g, hat, o->bare, o))
			add_of_group(s, o->bare, true);
	}
	at = 0;
	while (!is_here && (m = map_next(&s->r->members.items, &at))) {
		if (belongs(s, g, hat, m->jid, NULL))
			add_of_group(s, m->jid, false);
	}
}

/* Another room, or the address of something that is none. */
static bool is_elsewhere(const struct search *s, struct str uri)
{
	static const struct str scheme = STR_INIT("xmpp:");
	struct jid jid;

	return str_starts(uri, scheme) &&
	       (jid_parse(s->d->arena, str_from_at(uri, scheme.len), &jid) ||
		!jid_bare_eq(jid, s->d->entity->jid));
}

static void add_mentioned_group(struct search *s, const struct xml *mention)
{
	const struct group *g = find_group(xml_attr(mention, STR("mentions")));
	struct str uri = xml_attr(mention, STR("uri"));
	bool is_here = xml_child(mention, NS_MENTIONS, STR("active")) != NULL;

	if (g && (g->kind == GROUP_HAT || !is_elsewhere(s, uri)))
		add_group(s, g, uri, is_here);
}

/* ---- elements ---- */

static const struct str reference_ns = STR_INIT("urn:xmpp:reference:0"), scheme = STR_INIT("xmpp:");

static bool is_reference(const struct xml *x)
{
	return xml_is(x, reference_ns, STR("reference")) &&
	       str_eq(xml_attr(x, STR("type")), STR("mention")) &&
	       str_starts(xml_attr(x, STR("uri")), scheme);
}

/* Whether the sender may mention everybody, with or without XEP-0513. */
static bool may_all(const struct search *s)
{
	const struct room_session *from = room_session(s->r, s->d->stanza.from.full);

	return from && mentions_may_all(s->r, from->occupant);
}

/* XEP-0372: of an occupant, a person, or the room. */
static void add_reference(struct search *s, const struct xml *x)
{
	struct str text = str_from_at(xml_attr(x, STR("uri")), scheme.len);
	struct person found = by_jid(s, text);

	if (found.bare.len)
		add_one(s, found.bare, found.is_there);
	else if (str_eq(text, s->d->entity->jid.full) && may_all(s))
		add_group(s, &groups[0], STR_NONE, false);
}

static void add_mention(struct search *s, const struct xml *mention)
{
	struct person found;

	if (xml_child(mention, NS_MENTIONS, STR("noping")))
		return;
	if (is_group(mention)) {
		add_mentioned_group(s, mention);
		return;
	}
	found = by_mention(s, mention);
	if (found.bare.len)
		add_one(s, found.bare, found.is_there);
}

/* Who is named only to be named: his name in the text speaks to him no more than that. */
static void spare(struct search *s, const struct xml *mention, struct pile *spared)
{
	struct person found;

	if (is_group(mention) || !xml_child(mention, NS_MENTIONS, STR("noping")))
		return;
	found = by_mention(s, mention);
	if (found.bare.len)
		append(s->d->arena, spared, found.bare);
	s->spared = spared->list;
}

/* Calls fn for the first of those elements. */
static void walk(struct search *s, const struct xml *el, struct pile *spared)
{
	unsigned left = MENTIONED_EXPLICIT_MAX;

	xml_each (child, el) {
		bool is_mention = xml_is(child, NS_MENTIONS, STR("mention"));

		if (!is_mention && !is_reference(child))
			continue;
		if (!left--)
			return;
		if (spared && is_mention)
			spare(s, child, spared);
		else if (!spared && is_mention)
			add_mention(s, child);
		else if (!spared)
			add_reference(s, child);
	}
}

/* ---- the text ---- */

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
		bool joins_left = begin && is_word(text.ptr[begin - 1]) &&
				  (is_word(nick.ptr[0]) || nick.ptr[0] == '@');
		bool joins_right =
			end < text.len && is_word(text.ptr[end]) && is_word(nick.ptr[nick.len - 1]);

		if (!joins_left && !joins_right)
			return true;
		from = begin + 1;
	}
	return false;
}

/* Which three bytes may stand together in a text: most names of a large room are no part of it. */
struct trigrams {
	uint64_t seen[64];
};

static unsigned trigram(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;

	return (c[0] * 31U * 31U + c[1] * 31U + c[2]) & 4095;
}

static void trigrams_read(struct trigrams *t, struct str text)
{
	for (size_t i = 0; i + 3 <= text.len; i++)
		t->seen[trigram(text.ptr + i) / 64] |= 1ULL << (trigram(text.ptr + i) % 64);
}

static bool is_named(const struct trigrams *t, struct str text, struct str nick)
{
	unsigned n = nick.len >= 3 ? trigram(nick.ptr) : 0;

	return (nick.len < 3 || (t->seen[n / 64] >> (n % 64) & 1)) && has_word(text, nick);
}

/* Who is there under that name, and who has reserved it. */
static void add_named(struct search *s, struct str body)
{
	struct trigrams t = { .seen = { 0 } };
	const struct room_member *member;
	const struct occupant *o;
	size_t at = 0;

	trigrams_read(&t, body);
	while ((o = map_next(&s->r->occupants, &at))) {
		if (is_named(&t, body, o->nick))
			add_one(s, o->bare, true);
	}
	at = 0;
	while ((member = map_next(&s->r->members.nicks, &at))) {
		if (is_named(&t, body, member->nick))
			add_one(s, member->jid, false);
	}
}

/* What people write whose clients know no XEP-0513: for those who might say it with that. */
static void add_all_named(struct search *s, struct str body)
{
	bool is_all = has_word(body, STR("@all")) || has_word(body, STR("@everyone"));

	if ((is_all || has_word(body, STR("@here"))) && may_all(s))
		add_group(s, &groups[0], STR_NONE, !is_all);
}

/* ---- all of it ---- */

static int by_name(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

/* In order, each once. */
static struct mentioned_list tidy(struct mentioned_list l)
{
	size_t kept = 0;

	if (l.count)
		qsort(l.names, l.count, sizeof(*l.names), by_name);
	for (size_t i = 0; i < l.count; i++) {
		if (!kept || !str_eq(l.names[kept - 1], l.names[i]))
			l.names[kept++] = l.names[i];
	}
	l.count = kept;
	return l;
}

void mentioned_find(struct dispatch *d, struct room *r, const struct xml *el, struct str sender,
		    struct mentioned *ret_mentioned)
{
	struct str body = xml_child_text(el, NS_CLIENT, STR("body"), d->arena);
	struct search s = { .d = d, .r = r, .sender = sender };
	struct pile spared = { .cap = 0 };

	walk(&s, el, &spared);
	if (body.len)
		add_named(&s, body);
	walk(&s, el, NULL);
	if (body.len)
		add_all_named(&s, body);
	ret_mentioned->members = tidy(s.members.list);
	ret_mentioned->guests = tidy(s.guests.list);
}
