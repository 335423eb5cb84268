/* SPDX-License-Identifier: Apache-2.0 */
/* Reading conversations, see inbox_look.h: the account's rows, then its settings (bookmarks, and
 * what is kept of chats), then what the archives say. */
#include "server/inbox/inbox_look.h"

#include "server/model/pep.h"
#include "server/route/post.h"
#include "server/route/settle.h"
#include "server/store/archive.h"
#include "xep/bookmark.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { CHATS_MAX = 1000 }; /* chats whose settings are looked at, those that changed last */

/* Settings of a chat that is not found by its mark. */
struct setting {
	struct str jid;
	const struct xml *extensions;
};

/* In the arena of its dispatch. */
struct look {
	struct inbox_view *v;
	struct talk_query *queries;
	unsigned query_count;
	size_t rooms, marked; /* the first talks are rooms, behind them stand those with a mark;
			       * each in the order of their names */
	struct setting *settings;
	size_t setting_count;
};

static void end(struct dispatch *d, enum err err)
{
	struct look *l = d->wait_arg;

	l->v->err = err;
	d->wait_arg = l->v;
	dispatch_resume(d);
}

static struct inbox_talk *find_from(struct inbox_view *v, size_t from, size_t to, struct str jid)
{
	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = str_cmp(v->talks[at].jid, jid);

		if (!order)
			return &v->talks[at];
		if (order < 0)
			from = at + 1;
		else
			to = at;
	}
	return NULL;
}

static struct inbox_talk *find_room(const struct look *l, struct str jid)
{
	return find_from(l->v, 0, l->rooms, jid);
}

static struct inbox_talk *find(const struct look *l, struct str jid)
{
	struct inbox_talk *room = find_room(l, jid);

	return room ? room : find_from(l->v, l->rooms, l->rooms + l->marked, jid);
}

static bool is_wanted(const struct inbox_view *v, struct str jid)
{
	for (unsigned i = 0; i < v->only_count; i++) {
		if (str_eq(v->only[i], jid))
			return true;
	}
	return v->is_all;
}

static struct inbox_talk *add(struct dispatch *d, struct inbox_view *v, struct str jid)
{
	struct inbox_talk *t = &v->talks[v->count++];
	struct siphash_key key = { d->home->id_key[0], d->home->id_key[1] };

	*t = (struct inbox_talk){ .jid = arena_dup(d->arena, jid),
				  .tag = (int64_t)(siphash(key, jid) >> 1) };
	return t;
}

/* ---- the account's rows ---- */

static void take_membership(struct dispatch *d, struct look *l, const struct keyval_row *row)
{
	struct inbox_view *v = l->v;
	struct inbox_talk *t;

	if (!is_wanted(v, row->key))
		return;
	t = add(d, v, row->key);
	t->is_room = true;
	t->member.affiliation = arena_dup(d->arena, row->value);
	l->rooms++;
}

static void take_since(const struct look *l, const struct keyval_row *row)
{
	struct inbox_talk *t = find_room(l, row->key);

	if (t && !str_to_i64(row->value, &t->member.since))
		t->seq = t->member.since;
}

/* Conversations come with their marks; one without is looked for in the archive. */
static void take_mark(struct dispatch *d, struct look *l, const struct keyval_row *row)
{
	struct inbox_view *v = l->v;
	struct inbox_mark m;
	struct inbox_talk *t;

	if (!is_wanted(v, row->key) || inbox_mark_decode(row->value, &m))
		return;
	t = find_room(l, row->key);
	if (!t) {
		t = add(d, v, row->key);
		l->marked++;
	}
	t->mark = m;
}

/* Rows of one room stand together, in the order of its archive. */
static void take_mentions(struct dispatch *d, struct look *l, const struct keyval_row *rows)
{
	size_t count = 0;
	int64_t *places;

	for (const struct keyval_row *row = rows; row; row = row->next)
		count += str_eq(row->space, MENTION_SPACE);
	places = arena_alloc(d->arena, (count + 1) * sizeof(*places));
	for (; rows; rows = rows->next) {
		const struct inbox_talk *t;
		struct talk_query *q;
		struct str room;
		int64_t seq;

		if (!str_eq(rows->space, MENTION_SPACE) || mention_key_read(rows->key, &room, &seq))
			continue;
		t = find_room(l, room);
		if (!t)
			continue;
		q = &l->queries[t - l->v->talks];
		if (seq <= q->after || q->place_count == TALK_COUNT_MAX)
			continue;
		if (!q->place_count)
			q->places = places;
		*places++ = seq;
		q->place_count++;
	}
}

static void make_queries(struct dispatch *d, struct look *l)
{
	for (size_t i = 0; i < l->v->count; i++) {
		struct inbox_talk *t = &l->v->talks[i];
		struct talk_query *q = &l->queries[i];

		*q = (struct talk_query){ .owner = t->is_room ? t->jid : d->entity->jid.full,
					  .after = t->mark.seq };
		if (!t->is_room) {
			q->with = t->jid;
			continue;
		}
		q->not_from = d->entity->jid.full;
		if (t->member.since > q->after)
			q->after = t->member.since;
	}
	l->query_count = (unsigned)l->v->count;
}

static void take_rows(struct dispatch *d, struct look *l, const struct keyval_row *rows)
{
	size_t count = l->v->only_count;

	for (const struct keyval_row *row = rows; row; row = row->next)
		count++;
	l->v->talks = arena_alloc(d->arena, (count + 1) * sizeof(*l->v->talks));
	l->queries = arena_alloc(d->arena, (count + 1) * sizeof(*l->queries));
	for (const struct keyval_row *row = rows; row; row = row->next) {
		if (str_eq(row->space, MEMBERSHIP_SPACE))
			take_membership(d, l, row);
	}
	for (const struct keyval_row *row = rows; row; row = row->next) {
		if (str_eq(row->space, INBOX_SPACE))
			take_mark(d, l, row);
		else if (str_eq(row->space, MEMBER_SINCE_SPACE))
			take_since(l, row);
	}
	for (unsigned i = 0; i < l->v->only_count; i++) {
		if (!find(l, l->v->only[i]))
			(void)add(d, l->v, l->v->only[i]);
	}
	make_queries(d, l);
	take_mentions(d, l, rows);
}

/* ---- what the archives say ---- */

static bool is_rooms_address(const struct dispatch *d, struct str jid)
{
	ptrdiff_t at = str_index(jid, '@');
	const struct realm *realm = home_realm(d->home, str_from_at(jid, (size_t)(at + 1)));

	return realm && !realm->has_accounts;
}

/* A conversation without a mark: the archive says with whom. What comes from rooms (words in
 * private, invitations) is no conversation of its own. */
static struct inbox_talk *add_found(struct dispatch *d, struct inbox_view *v,
				    const struct talk_row *row)
{
	struct str peer = archive_row_peer(d->arena, row->message);

	return peer.len && !is_rooms_address(d, peer) ? add(d, v, peer) : NULL;
}

/* To the chats that were found only now. */
static void give_settings(const struct look *l)
{
	for (size_t i = 0; i < l->v->count; i++) {
		struct inbox_talk *t = &l->v->talks[i];

		for (size_t k = 0; k < l->setting_count && !t->extensions; k++) {
			if (!t->is_room && str_eq(l->settings[k].jid, t->jid))
				t->extensions = l->settings[k].extensions;
		}
	}
}

static void sum_up(struct inbox_view *v, struct inbox_talk *t, const struct talk_row *row)
{
	t->row = row;
	t->seq = row->message->seq;
	t->mentions = row->places;
	v->unread += row->unread;
	v->unread_talks += row->unread > 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct inbox_talk *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq > y->seq ? -1 : 1;
	return x->tag > y->tag ? -1 : x->tag < y->tag;
}

/* Marks of what is not there (any more) are no conversations; of what was asked for this is said.
 */
static void drop_empty(const struct dispatch *d, struct inbox_view *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->count; i++) {
		struct inbox_talk *t = &v->talks[i];

		if (!t->is_room && is_rooms_address(d, t->jid)) {
			if (t->row) {
				v->unread -= t->row->unread;
				v->unread_talks -= t->row->unread > 0;
			}
			t->row = NULL;
		}
		t->is_gone = !t->row && !t->is_room;
		if (!t->is_gone || !v->is_all)
			v->talks[kept++] = *t;
	}
	v->count = kept;
}

/* Room for those that have no mark. */
static void make_room(struct dispatch *d, struct inbox_view *v, const struct talk_row *rows)
{
	struct inbox_talk *talks;
	size_t count = v->count;

	for (; rows; rows = rows->next)
		count++;
	talks = arena_alloc(d->arena, (count + 1) * sizeof(*talks));
	if (v->count)
		memcpy(talks, v->talks, v->count * sizeof(*talks));
	v->talks = talks;
}

static void on_talks(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct look *l = d->wait_arg;
	struct inbox_view *v = l->v;

	make_room(d, v, found->err ? NULL : found->talks);
	for (const struct talk_row *row = found->err ? NULL : found->talks; row; row = row->next) {
		struct inbox_talk *t = row->talk >= 0 ? &v->talks[row->talk] : add_found(d, v, row);

		if (t)
			sum_up(v, t, row);
	}
	give_settings(l);
	drop_empty(d, v);
	qsort(v->talks, v->count, sizeof(*v->talks), newest_first);
	end(d, found->err);
}

static void look_at_archives(struct dispatch *d)
{
	struct look *l = d->wait_arg;
	struct store_request request = { .kind = READ_TALKS,
					 .owner = d->entity->jid.full,
					 .talks = l->queries,
					 .talk_count = l->query_count,
					 .all_talks = l->v->is_all };

	request.archive.visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	store_read(d->home->store, &request, on_talks, d);
}

/* ---- settings: bookmarks of rooms (XEP-0402), and items of the same kind for chats ---- */

static void take_bookmark(struct dispatch *d, struct inbox_talk *t, const struct xml *el)
{
	struct bookmark b;

	if (!t || !bookmark_read(d->arena, t->jid, el, &b))
		return;
	t->extensions = b.extensions;
	if (t->is_room)
		t->name = b.name;
}

static void take_chat(struct look *l, struct inbox_talk *t, struct str jid, const struct xml *el)
{
	if (!xml_is(el, NS_PARLEY_CHATS, STR("chat")) || (t && t->is_room))
		return;
	if (t)
		t->extensions = el;
	else
		l->settings[l->setting_count++] = (struct setting){ jid, el };
}

static void take_setting(struct dispatch *d, struct look *l, const struct keyval_row *row)
{
	struct str node, id;
	struct xml *el;

	if (pep_item_key_read(row->key, &node, &id) ||
	    xml_parse(d->arena, arena_dup(d->arena, row->value), &post_alone_scope, &post_limits,
		      &el))
		return;
	if (str_eq(node, NS_BOOKMARKS))
		take_bookmark(d, find(l, id), el);
	else
		take_chat(l, find(l, id), arena_dup(d->arena, id), el);
}

/* Settings are shown where they can be read; without them there are the conversations. */
static void on_settings(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct look *l = d->wait_arg;

	if (found->err)
		log_error(&d->entity->log, "settings cannot be read", F_ERR(found->err));
	for (const struct keyval_row *row = found->err ? NULL : found->rows; row; row = row->next)
		take_setting(d, l, row);
	look_at_archives(d);
}

/* Adds the keys of the items that the conversations have at a node, by their address. */
static void want_items(const struct dispatch *d, struct str name, struct str *keys, unsigned *count)
{
	const struct look *l = d->wait_arg;
	const struct pep_node *node = pep_node_find(d->entity->pep, name);

	for (size_t i = 0; i < l->v->count && node; i++) {
		const struct pep_item *item =
			pep_item_find(d->entity->pep, node, l->v->talks[i].jid);

		if (item)
			keys[(*count)++] = item->key;
	}
}

static void want_all_chats(const struct dispatch *d, struct str *keys, unsigned *count)
{
	const struct pep_node *node = pep_node_find(d->entity->pep, NS_PARLEY_CHATS);
	const struct pep_item *item = node ? pep_item_last(node) : NULL;

	for (size_t i = 0; item && i < CHATS_MAX; i++, item = pep_item_prev(item))
		keys[(*count)++] = item->key;
}

static void look_at_settings(struct dispatch *d)
{
	struct look *l = d->wait_arg;
	size_t most = 2 * l->v->count + CHATS_MAX;
	struct str *keys = arena_alloc(d->arena, most * sizeof(*keys));
	unsigned count = 0;

	if (d->entity->pep) {
		l->settings = arena_alloc(d->arena, most * sizeof(*l->settings));
		want_items(d, NS_BOOKMARKS, keys, &count);
		if (l->v->is_all)
			want_all_chats(d, keys, &count);
		else
			want_items(d, NS_PARLEY_CHATS, keys, &count);
	}
	if (count) {
		struct store_request request = { .kind = READ_KEYVAL,
						 .owner = d->entity->jid.full,
						 .space = PEP_DATA_SPACE,
						 .keys = keys,
						 .key_count = count };

		store_read(d->home->store, &request, on_settings, d);
	} else {
		look_at_archives(d);
	}
}

/* ---- beginning ---- */

static void on_rows(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;

	if (found->err && found->err != ERR_NOT_FOUND) {
		end(d, found->err);
		return;
	}
	take_rows(d, d->wait_arg, found->rows);
	look_at_settings(d);
}

static void begin(struct dispatch *d)
{
	static const struct str spaces[] = { STR_INIT("membership"), STR_INIT("member-since"),
					     STR_INIT("inbox"), STR_INIT("mention") };
	struct store_request request = { .kind = READ_OWNER,
					 .owner = d->entity->jid.full,
					 .spaces = spaces,
					 .space_count = array_len(spaces) };

	store_read(d->home->store, &request, on_rows, d);
}

enum verdict inbox_look(struct dispatch *d, struct inbox_view *v, void (*fn)(struct dispatch *d))
{
	struct look *l = arena_new(d->arena, struct look);

	l->v = v;
	d->wait_arg = l;
	return settle_in_turn(d, begin, fn);
}
