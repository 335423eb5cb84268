/* SPDX-License-Identifier: Apache-2.0 */
/* Archives together, see archive_union.h. One after the other is read, each only where it can still
 * add to the page: most of the rooms add nothing. A search asks them all at once. */
#include "server/route/archive_union.h"

#include "base/mem.h"
#include "server/model/inbox.h"
#include "server/route/archive_id.h"
#include "server/route/archive_result.h"
#include "server/route/archive_search.h"
#include "server/route/registry.h"
#include "server/store/archive.h"

enum { TIES_MAX = 8 /* matches in one microsecond that a page may end between */ };

struct source {
	struct str owner;
	int64_t tag; /* 0: the account's own */
	int64_t visible;
	bool may_read;
	struct query_view view; /* the asker there, in the dispatch's arena */
};

/* In the arena of its dispatch. */
struct union_read {
	const struct archive_ask *ask;
	void (*fn)(void *arg, struct store_answer *answer);
	void *arg;
	struct source *sources;
	size_t count, next, waiting;
	struct archive_row **rows; /* in order, of query.max at most */
	unsigned row_count;
	int64_t horizon; /* of a source that was not looked at to its end; rows beyond may have
			  * others between them */
	bool has_horizon, is_cut;
	size_t bytes;
	int64_t began; /* nothing that comes later is shown: others may still come before it */
	struct store_answer answer;
};

/* ---- the order: by place, then by archive ---- */

static int compare(int64_t seq, int64_t tag, int64_t other_seq, int64_t other_tag)
{
	if (seq != other_seq)
		return seq < other_seq ? -1 : 1;
	return tag < other_tag ? -1 : tag > other_tag;
}

/* Behind (seq, tag) of the whole, as a place in the archive with that tag; 0 stays open. */
static int64_t after_in(int64_t seq, int64_t tag, int64_t of)
{
	return seq && of > tag ? seq - 1 : seq;
}

static int64_t before_in(int64_t seq, int64_t tag, int64_t of)
{
	return seq && of < tag ? seq + 1 : seq;
}

static void drop_last(struct union_read *u)
{
	bool is_backward = u->ask->query->is_backward;

	u->is_cut = true;
	u->row_count--;
	u->bytes -= u->rows[is_backward ? 0 : u->row_count]->stanza.len;
	if (is_backward)
		memmove(u->rows, u->rows + 1, u->row_count * sizeof(struct archive_row *));
}

static void insert(struct union_read *u, struct archive_row *row)
{
	size_t at = u->row_count;

	while (at && compare(u->rows[at - 1]->seq, u->rows[at - 1]->tag, row->seq, row->tag) > 0)
		at--;
	memmove(u->rows + at + 1, u->rows + at, (u->row_count - at) * sizeof(struct archive_row *));
	u->rows[at] = row;
	u->row_count++;
	u->bytes += row->stanza.len;
	while (u->row_count > archive_page_rows(u->ask->query))
		drop_last(u);
}

/* ---- reading ---- */

static void read_next(struct dispatch *d, struct union_read *u);

/* A search in all of the archives is one question to the store, which compares places only. Where a
 * conversation is named there are two archives at most, and they have it under other names. */
static bool is_at_once(const struct archive_ask *ask)
{
	return ask->search && !str_is_set(ask->query->with) && !ask->query->ids;
}

static const struct source *source_of(const struct union_read *u, const struct archive_row *row)
{
	for (size_t i = 0; i < u->count && is_at_once(u->ask); i++) {
		if (str_eq(u->sources[i].owner, row->owner))
			return &u->sources[i];
	}
	return &u->sources[u->next];
}

/* Whether a place is within the bounds of the whole: those in an archive may be wider. */
static bool is_within(const struct archive_ask *ask, int64_t seq, int64_t tag)
{
	const struct archive_query *q = ask->query;

	return (!q->after || compare(seq, tag, q->after, ask->after_tag) > 0) &&
	       (!q->before || compare(seq, tag, q->before, ask->before_tag) < 0) &&
	       (!q->above || compare(seq, tag, q->above, ask->above_tag) > 0) &&
	       (!q->below || compare(seq, tag, q->below, ask->below_tag) < 0);
}

/* Something that is still under way could come in front of it; what others may show lies further.
 */
static bool is_early(const struct source *s, const struct archive_row *row)
{
	return s->visible && row->seq > s->visible;
}

/* What the account may see of an entry, and of its neighbours. */
static struct archive_row *see(struct dispatch *d, const struct source *s,
			       const struct archive_row *rows)
{
	struct archive_row *mine = NULL, **last = &mine;

	for (const struct archive_row *row = rows; row; row = row->next) {
		struct archive_row *one;

		if (is_early(s, row))
			continue;
		one = arena_new(d->arena, struct archive_row);
		*one = *row;
		one->next = NULL;
		one->tag = s->tag;
		one->stanza = s->tag && s->view.hides_addresses
				      ? archive_result_anonymous(d->arena, row->stanza)
				      : row->stanza;
		one->stanza = s->tag ? archive_result_named(d, one->stanza, s->owner, row->seq)
				     : arena_dup(d->arena, one->stanza);
		*last = one;
		last = &one->next;
	}
	return mine;
}

static void take(struct dispatch *d, struct union_read *u, const struct store_answer *found)
{
	for (const struct archive_row *row = found->messages; row; row = row->next) {
		const struct source *s = source_of(u, row);
		struct archive_row one = *row, *mine;

		if (!is_within(u->ask, row->seq, s->tag) || is_early(s, row))
			continue;
		one.next = NULL;
		mine = see(d, s, &one);
		mine->before = see(d, s, row->before);
		mine->after = see(d, s, row->after);
		insert(u, mine);
	}
	u->answer.count += found->count;
	u->answer.is_stale |= found->is_stale;
	if (found->is_complete || !u->ask->query->max)
		return;
	if (!u->has_horizon || (u->ask->query->is_backward ? found->examined_seq > u->horizon
							   : found->examined_seq < u->horizon))
		u->horizon = found->examined_seq;
	u->has_horizon = true;
}

struct reading {
	struct dispatch *d;
	struct union_read *u;
};

static void end(struct union_read *u, enum err err)
{
	struct archive_row **last = &u->answer.messages;
	bool is_backward = u->ask->query->is_backward;

	u->answer.err = err;
	for (unsigned i = 0; i < u->row_count && !err; i++) {
		bool is_beyond = u->has_horizon && (is_backward ? u->rows[i]->seq < u->horizon
								: u->rows[i]->seq > u->horizon);

		u->is_cut |= is_beyond;
		if (is_beyond)
			continue;
		*last = u->rows[i];
		last = &u->rows[i]->next;
		*last = NULL;
	}
	u->answer.is_complete = !u->is_cut && !u->has_horizon && u->ask->query->max;
	u->answer.examined_seq = u->horizon;
	u->fn(u->arg, &u->answer);
}

static void on_read(void *arg, struct store_answer *found)
{
	struct reading *r = arg;

	if (found->err) {
		end(r->u, found->err);
		return;
	}
	take(r->d, r->u, found);
	r->u->next++;
	read_next(r->d, r->u);
}

/* The bounds of the whole as they are in s, and where the page is full already, what of s can still
 * come into it. */
static void bound(struct union_read *u, const struct source *s, struct archive_query *q)
{
	const struct archive_ask *ask = u->ask;
	bool is_full = u->row_count && u->row_count == archive_page_rows(q);
	const struct archive_row *end_row =
		is_full ? u->rows[q->is_backward ? 0 : u->row_count - 1] : NULL;

	/* That an id is one, its own archive says. */
	q->must_exist = (!q->after || ask->after_tag == s->tag) &&
			(!q->before || ask->before_tag == s->tag) &&
			(!q->above || ask->above_tag == s->tag) &&
			(!q->below || ask->below_tag == s->tag);
	q->after = after_in(q->after, ask->after_tag, s->tag);
	q->before = before_in(q->before, ask->before_tag, s->tag);
	q->above = after_in(q->above, ask->above_tag, s->tag);
	q->below = before_in(q->below, ask->below_tag, s->tag);
	if (!end_row || q->want_count)
		return;
	u->is_cut = true; /* there may be more behind the page */
	if (q->is_backward && end_row->seq - 1 > q->after) {
		q->after = end_row->seq - 1;
		q->must_exist = false;
	} else if (!q->is_backward && (!q->before || end_row->seq + 1 < q->before)) {
		q->before = end_row->seq + 1;
		q->must_exist = false;
	}
}

/* Whether s can have anything of what is asked for. */
static bool is_asked(const struct dispatch *d, const struct union_read *u, const struct source *s)
{
	const struct archive_query *q = u->ask->query;

	if (!s->tag)
		return true;
	if (!s->may_read || str_is_set(q->with_resource) || q->ids)
		return false;
	/* Where the room hides them, nothing is found by addresses. */
	if (u->ask->search && u->ask->search->has_address && s->view.hides_addresses)
		return false;
	return !str_is_set(q->with) ||
	       (archive_search_in_room(d, q->with) && str_eq(q->with, s->owner));
}

/* ---- searching ---- */

/* What is looked for, by what the rooms have said of the asker. */
static struct search_ask search_of(struct dispatch *d, const struct union_read *u)
{
	struct archive_self *selves = arena_alloc(d->arena, (u->count + 1) * sizeof(*selves));
	struct search_ask ask = *u->ask->search;
	size_t count = 0;

	for (size_t i = 0; i < u->count; i++) {
		const struct source *s = &u->sources[i];

		if (s->tag && s->may_read)
			selves[count++] =
				(struct archive_self){ .owner = s->owner, .view = s->view };
	}
	if (u->ask->mention)
		archive_search_name(u->ask->mention, selves, count, d->arena, &ask);
	return ask;
}

static void on_found(void *arg, struct store_answer *found)
{
	struct reading *r = arg;
	struct union_read *u = r->u;

	if (!found->err)
		take(r->d, u, found);
	/* The last place that was looked at may have been looked at in part. */
	if (!found->err && u->has_horizon)
		u->horizon += u->ask->query->is_backward ? 1 : -1;
	end(u, found->err);
}

/* Of all archives, wide enough for whichever of them has the place at an end. A count has no page,
 * and would have the message there, too. */
static void widen(const struct archive_ask *ask, struct archive_query *q)
{
	const int64_t last = INT64_MAX;

	q->must_exist = false;
	if (!q->max)
		return;
	q->max += TIES_MAX;
	q->after = after_in(q->after, ask->after_tag, last);
	q->before = before_in(q->before, ask->before_tag, -1);
	q->above = after_in(q->above, ask->above_tag, last);
	q->below = before_in(q->below, ask->below_tag, -1);
}

static void search_all(struct dispatch *d, struct union_read *u)
{
	struct reading *r = arena_new(d->arena, struct reading);
	struct store_request request = { .kind = READ_SEARCH, .owner = d->entity->jid.full };
	struct str *owners = arena_alloc(d->arena, u->count * sizeof(*owners));
	unsigned count = 0;

	_Static_assert((int)UNION_ROOMS_MAX < (int)SEARCH_OWNERS_MAX, "one search has them all");
	request.archive = *u->ask->query;
	request.search = search_of(d, u);
	request.archive.visible = u->began;
	widen(u->ask, &request.archive);
	for (size_t i = 0; i < u->count; i++) {
		if (is_asked(d, u, &u->sources[i]))
			owners[count++] = u->sources[i].owner;
	}
	request.search.owners = owners;
	request.search.owner_count = count;
	*r = (struct reading){ .d = d, .u = u };
	store_read(d->home->store, &request, on_found, r);
}

static void on_place(void *arg, struct store_answer *found)
{
	struct reading *r = arg;

	if (found->err)
		end(r->u, found->err);
	else
		search_all(r->d, r->u);
}

/* An archive says first whether it has the places that the page hangs on. */
static void search(struct dispatch *d, struct union_read *u)
{
	struct reading *r = arena_new(d->arena, struct reading);
	struct store_request request = { .kind = READ_ARCHIVE };

	for (size_t i = 0; i < u->count && u->ask->query->must_exist; i++) {
		const struct source *s = &u->sources[i];

		request.archive = *u->ask->query;
		bound(u, s, &request.archive);
		if (!is_asked(d, u, s) || !archive_is_bound(&request.archive))
			continue;
		request.owner = s->owner;
		request.archive.visible = s->visible;
		request.archive.max = 0;
		request.archive.want_count = false;
		*r = (struct reading){ .d = d, .u = u };
		store_read(d->home->store, &request, on_place, r);
		return;
	}
	search_all(d, u);
}

/* ---- one after the other ---- */

static void read_next(struct dispatch *d, struct union_read *u)
{
	struct reading *r = arena_new(d->arena, struct reading);
	struct store_request request = { .kind = READ_ARCHIVE };
	const struct source *s;

	while (u->next < u->count && !is_asked(d, u, &u->sources[u->next]))
		u->next++;
	if (u->next == u->count) {
		end(u, OK);
		return;
	}
	s = &u->sources[u->next];
	request.owner = s->owner;
	request.archive = *u->ask->query;
	request.archive.visible = s->visible;
	if (u->ask->search) {
		request.kind = READ_SEARCH;
		request.search = search_of(d, u);
		request.search.has_conversations = !s->tag;
	}
	if (s->tag)
		request.archive.with = STR_NONE;
	bound(u, s, &request.archive);
	*r = (struct reading){ .d = d, .u = u };
	store_read(d->home->store, &request, on_read, r);
}

static void read_all(struct dispatch *d, struct union_read *u)
{
	if (is_at_once(u->ask))
		search(d, u);
	else
		read_next(d, u);
}

/* ---- which rooms, and what of them ---- */

/* A question that goes to a room's home and comes back. */
struct visit {
	struct letter letter;
	struct home *from, *to;
	struct dispatch *d;
	struct union_read *u;
	struct source *source;
	struct jid who;
	struct arena arena;
	struct str room;
	int64_t visible;
	bool may_read;
	struct query_view view; /* in arena */
};

static void on_answer(struct letter *l)
{
	struct visit *v = container_of(l, struct visit, letter);
	struct union_read *u = v->u;
	struct dispatch *d = v->d;

	v->source->may_read = v->may_read;
	v->source->view = (struct query_view){
		.hides_addresses = v->view.hides_addresses,
		.occupant_jid = arena_dup(d->arena, v->view.occupant_jid),
		.occupant_id = arena_dup(d->arena, v->view.occupant_id),
		.nick = arena_dup(d->arena, v->view.nick),
	};
	if (v->visible < v->source->visible)
		v->source->visible = v->visible;
	arena_done(&v->arena);
	mem_free(v);
	if (--u->waiting)
		return;
	/* What a room has still under way may come in front of what others have already. */
	for (size_t i = 0; i < u->count; i++) {
		if (u->sources[i].tag && u->sources[i].may_read && u->sources[i].visible < u->began)
			u->began = u->sources[i].visible;
	}
	for (size_t i = 0; i < u->count; i++) {
		if (u->sources[i].visible > u->began)
			u->sources[i].visible = u->began;
	}
	read_all(d, u);
}

static void on_room(void *arg, struct entity *e)
{
	struct visit *v = arg;

	if (e->state == ENTITY_READY) {
		v->may_read = registry_may_read(e, v->who, &v->arena, &v->view);
		v->visible = outbox_visible(&e->outbox, e->last_seq);
		/* Nothing is under way: what comes later has a later place. */
		if (v->visible >= e->last_seq)
			v->visible = INT64_MAX;
	}
	entity_touch(e);
	v->letter.fn = on_answer;
	loop_post(v->from->loop, &v->letter);
}

static void on_visit(struct letter *l)
{
	struct visit *v = container_of(l, struct visit, letter);

	entity_when_ready(entity_get(v->to, v->room), on_room, v);
}

static void visit(struct dispatch *d, struct union_read *u, struct source *s)
{
	struct visit *v = mem_zalloc(1, sizeof(*v));

	arena_init(&v->arena, 64 * KIB);
	v->from = d->home;
	v->d = d;
	v->u = u;
	v->source = s;
	v->who = jid_copy(&v->arena, d->stanza.from);
	v->room = arena_dup(&v->arena, s->owner);
	v->visible = INT64_MAX;
	v->to = home_of(d->home, v->room);
	v->letter.fn = on_visit;
	loop_post(v->to->loop, &v->letter);
}

static void add_source(struct dispatch *d, struct union_read *u, struct str room)
{
	struct siphash_key key = { d->home->id_key[0], d->home->id_key[1] };

	u->sources[u->count++] = (struct source){ .owner = arena_dup(d->arena, room),
						  .tag = (int64_t)(siphash(key, room) >> 2) + 1,
						  .visible = INT64_MAX };
}

static void ask_rooms(struct dispatch *d, struct union_read *u)
{
	u->waiting = u->count - 1;
	for (size_t i = 1; i < u->count; i++)
		visit(d, u, &u->sources[i]);
	if (u->count == 1)
		read_all(d, u);
}

static void on_memberships(void *arg, struct store_answer *found)
{
	struct reading *r = arg;
	struct union_read *u = r->u;
	struct dispatch *d = r->d;

	if (found->err) {
		end(u, found->err);
		return;
	}
	for (const struct keyval_row *row = found->rows; row && u->count <= UNION_ROOMS_MAX;
	     row = row->next)
		add_source(d, u, row->key);
	ask_rooms(d, u);
}

void archive_union_read(struct dispatch *d, const struct archive_ask *ask,
			void (*fn)(void *arg, struct store_answer *answer), void *arg)
{
	struct union_read *u = arena_new(d->arena, struct union_read);
	struct reading *r = arena_new(d->arena, struct reading);
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = MEMBERSHIP_SPACE,
					 .max = UNION_ROOMS_MAX };
	usec_t now = wall_now();

	u->ask = ask;
	u->fn = fn;
	u->arg = arg;
	u->began = ask->query->visible > now ? ask->query->visible : now;
	u->rows = arena_alloc(d->arena,
			      (archive_page_rows(ask->query) + 2) * sizeof(struct archive_row *));
	u->sources = arena_zalloc(d->arena, (UNION_ROOMS_MAX + 1) * sizeof(*u->sources));
	u->sources[u->count++] =
		(struct source){ .owner = d->entity->jid.full, .visible = ask->query->visible };
	*r = (struct reading){ .d = d, .u = u };
	if (ask->room.len) {
		add_source(d, u, ask->room);
		ask_rooms(d, u);
		return;
	}
	store_read(d->home->store, &request, on_memberships, r);
}
