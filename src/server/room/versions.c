/* SPDX-License-Identifier: Apache-2.0 */
/* Affiliations by version, see versions.h. What is sent is cut into messages, each of which is a
 * step from one version to the next; a step never tells who had an affiliation before the reader
 * had one. */
#include "server/room/versions.h"

#include "base/mem.h"
#include "server/room/permit.h"
#include "server/room/tell.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { ITEMS_MAX = 200 /* of one message */, MESSAGE_MAX = 4 * MIB /* bytes while it is made */ };

/* ---- versions as text ---- */

static struct str text_of(struct arena *a, int64_t version)
{
	return arena_printf(a, "%llx", (unsigned long long)version);
}

/* 0: it is none. */
static int64_t version_of(struct str text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *digit = memchr("0123456789abcdef", text.ptr[i], 16);

		if (!digit || text.len > 15)
			return 0;
		n = n * 16 + (uint64_t)(digit - "0123456789abcdef");
	}
	return (int64_t)n;
}

static void add_mav(struct arena *a, struct xml *x, int64_t since, int64_t until)
{
	struct xml *mav = xml_add_new(a, x, NS_MAV, STR("mav"));

	if (since)
		xml_set(a, mav, STR("since"), text_of(a, since));
	xml_set(a, mav, STR("until"), text_of(a, until));
}

/* ---- who enters ---- */

/* What goes to one client. */
struct step {
	const struct room_member **items; /* in order of their versions */
	size_t count;
	int64_t since, until; /* since 0: all there is */
	bool sees_outcasts;
};

static int by_version(const void *a, const void *b)
{
	const struct room_member *const *x = a, *const *y = b;

	return ((*x)->version > (*y)->version) - ((*x)->version < (*y)->version);
}

static void collect(struct step *s, const struct map *from)
{
	const struct room_member *m;
	size_t at = 0;

	while ((m = map_next(from, &at))) {
		if (m->version > s->since || !s->since)
			s->items[s->count++] = m;
	}
}

static void add_item(struct arena *a, struct xml *x, const struct step *s,
		     const struct room_member *m)
{
	bool is_hidden = m->affiliation == AFFILIATION_OUTCAST && !s->sees_outcasts;
	struct xml *item;

	if (is_hidden && !s->since)
		return;
	item = xml_add_new(a, x, NS_MUC_USER, STR("item"));
	xml_set(a, item, STR("jid"), m->jid);
	xml_set(a, item, STR("affiliation"),
		room_affiliation_name(is_hidden ? AFFILIATION_NONE : m->affiliation));
}

static void send_some(struct dispatch *d, struct jid to, const struct step *s, size_t first,
		      size_t count)
{
	struct arena a scoped(arena_done) = { 0 };
	bool is_last = first + count == s->count;
	int64_t since = first ? s->items[first - 1]->version : s->since;
	struct xml *el, *x;

	arena_init(&a, MESSAGE_MAX);
	el = xml_new(&a, NS_CLIENT, STR("message"));
	xml_set(&a, el, STR("from"), d->entity->jid.full);
	x = xml_add_new(&a, el, NS_MUC_USER, STR("x"));
	add_mav(&a, x, since, is_last ? s->until : s->items[first + count - 1]->version);
	for (size_t i = first; i < first + count; i++)
		add_item(&a, x, s, s->items[i]);
	tell_stanza(d, to, el);
}

static void send_all(struct dispatch *d, struct jid to, const struct step *s)
{
	size_t first = 0;

	do {
		size_t count = s->count - first < ITEMS_MAX ? s->count - first : ITEMS_MAX;

		send_some(d, to, s, first, count);
		first += count;
	} while (first < s->count);
}

static void refuse(struct dispatch *d, struct jid to)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *error;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("error"));
	if (d->stanza.id.ptr)
		xml_set(d->arena, el, STR("id"), d->stanza.id);
	error = xml_add_new(d->arena, el, NS_CLIENT, STR("error"));
	xml_set(d->arena, error, STR("type"), STR("auth"));
	xml_set(d->arena, error, STR("by"), d->entity->jid.full);
	(void)xml_add_new(d->arena, error, NS_STANZAS, STR("forbidden"));
	tell_stanza(d, to, el);
}

/* Where the step may begin; 0: with nothing. Nobody learns who was a member before he was one. */
static int64_t beginning(const struct room *r, const struct occupant *o, int64_t since)
{
	const struct room_member *m = room_members_find(&r->members, o->bare);
	bool is_known = since >= r->members.floor && since <= r->members.version;

	return is_known && m && m->version <= since ? since : 0;
}

void versions_send(struct dispatch *d, struct room *r, const struct room_session *s)
{
	const struct xml *x = xml_child(d->stanza.el, NS_MUC, STR("x"));
	const struct xml *mav = x ? xml_child(x, NS_MAV, STR("mav")) : NULL;
	enum room_affiliation own = room_affiliation(r, s->occupant);
	struct step step = { .until = r->members.version,
			     .sees_outcasts = own >= AFFILIATION_ADMIN };
	size_t most = r->members.items.count + r->members.gone.count;
	int64_t since;

	if (!mav)
		return;
	if (!permit_list(r, own, s->occupant, AFFILIATION_MEMBER)) {
		refuse(d, s->jid);
		return;
	}
	since = version_of(xml_attr(mav, STR("since")));
	if (since && since == step.until)
		return;
	step.since = since ? beginning(r, s->occupant, since) : 0;
	step.items = mem_alloc((most + 1) * sizeof(struct room_member *));
	collect(&step, &r->members.items);
	if (step.since)
		collect(&step, &r->members.gone);
	qsort(step.items, step.count, sizeof(struct room_member *), by_version);
	send_all(d, s->jid, &step);
	mem_free(step.items);
}

/* ---- changes ---- */

/* Those who may see the lists, and (is_ruler) the list of outcasts. */
static struct audience *readers(struct dispatch *d, const struct room *r, bool is_ruler)
{
	struct audience *to = audience_new(d->home);
	const struct room_session *s;
	size_t at = 0;

	while ((s = map_next(&r->sessions, &at))) {
		enum room_affiliation a = room_affiliation(r, s->occupant);

		if ((a >= AFFILIATION_ADMIN) == is_ruler &&
		    permit_list(r, a, s->occupant, AFFILIATION_MEMBER))
			audience_add(to, s->jid);
	}
	return to;
}

static void say(struct dispatch *d, const struct room *r, struct str bare,
		enum room_affiliation affiliation, bool is_ruler)
{
	struct audience *to = readers(d, r, is_ruler);
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *x, *item;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	tell_version(d, r, x, true);
	item = xml_add_new(d->arena, x, NS_MUC_USER, STR("item"));
	xml_set(d->arena, item, STR("jid"), bare);
	xml_set(d->arena, item, STR("affiliation"), room_affiliation_name(affiliation));
	xml_set(d->arena, item, STR("role"), STR("none"));
	dispatch_share(d, to, el);
	(void)audience_unref(to);
}

void versions_tell(struct dispatch *d, struct room *r, struct str bare)
{
	const struct room_member *m = room_members_find(&r->members, bare);
	enum room_affiliation is = m ? m->affiliation : AFFILIATION_NONE;

	say(d, r, bare, is, true);
	say(d, r, bare, is == AFFILIATION_OUTCAST ? AFFILIATION_NONE : is, false);
}

static const struct str vars[] = { STR_INIT("urn:xmpp:muc:affiliations:1"), { .ptr = NULL } };

const struct feature room_versions_feature = {
	.name = "room_versions",
	.spec = "XEP-0463 0.2.0",
	.test = "rooms/versions.talk",
	.disco_account = vars,
};
