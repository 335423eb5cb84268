/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a page of an archive (XEP-0313). A reader thread of the store. */
#include "server/store/archive.h"
#include "server/store/sqlite/sqlite-private.h"

struct scan {
	struct db *db;
	int64_t owner, peer;
	const struct archive_query *query;
};

static bool has_peer(const struct scan *s)
{
	return str_is_set(s->query->with);
}

/* Statements come in pairs: all of an owner, and one conversation. */
static sqlite3_stmt *bind(const struct scan *s, enum stmt all, enum stmt of_peer,
			  struct archive_range range)
{
	sqlite3_stmt *q = db_stmt(s->db, has_peer(s) ? of_peer : all);

	db_bind_int(q, 1, s->owner);
	db_bind_int(q, 2, range.low);
	db_bind_int(q, 3, range.high);
	if (has_peer(s))
		db_bind_int(q, 4, s->peer);
	return q;
}

/* Whether the row that q stands on passes the filters that need the row itself. */
static bool matches(const struct archive_query *query, sqlite3_stmt *q)
{
	unsigned flags = (unsigned)sqlite3_column_int64(q, 2);

	if (!query->with_hidden && flags & ARCHIVE_HIDDEN)
		return false;
	if (query->flags_any && !(flags & query->flags_any))
		return false;
	return !str_is_set(query->with_resource) || archive_matches_resource(query, db_str(q, 3));
}

struct archive_row *sqlite_row(struct arena *a, sqlite3_stmt *q)
{
	struct archive_row *row = arena_new(a, struct archive_row);

	row->seq = sqlite3_column_int64(q, 0);
	row->wall_time = sqlite3_column_int64(q, 1);
	row->flags = (unsigned)sqlite3_column_int64(q, 2);
	row->stanza = arena_dup(a, db_str(q, 3));
	return row;
}

/* ---- walking ---- */

/* The entries of a range that the statement gives, one after the other. */
struct walk {
	const struct scan *scan;
	struct archive_range range;
	bool is_down;
	unsigned next; /* where there are ids: how many of them are behind us */
	sqlite3_stmt *q;
};

static void walk_bind(struct walk *w, struct archive_range range)
{
	w->q = w->is_down ? bind(w->scan, STMT_PAGE_DOWN, STMT_PAGE_PEER_DOWN, range)
			  : bind(w->scan, STMT_PAGE_UP, STMT_PAGE_PEER_UP, range);
}

static struct walk walk_begin(const struct scan *s, struct archive_range range, bool is_down)
{
	struct walk w = { .scan = s, .range = range, .is_down = is_down };

	if (!s->query->ids)
		walk_bind(&w, range);
	return w;
}

static void walk_end(struct walk *w)
{
	db_end(w->q);
}

/* w->q stands on the next entry, or *ret_has_row is false. */
static enum err walk_step(struct walk *w, bool *ret_has_row)
{
	const struct archive_query *query = w->scan->query;

	if (!query->ids)
		return db_step(w->q, ret_has_row);
	*ret_has_row = false;
	while (w->next < query->id_count && !*ret_has_row) {
		unsigned i = w->next++;
		int64_t seq = query->ids[w->is_down ? query->id_count - 1 - i : i];
		enum err e;

		if (seq < w->range.low || seq > w->range.high)
			continue;
		db_end(w->q);
		walk_bind(w, (struct archive_range){ .low = seq, .high = seq });
		e = db_step(w->q, ret_has_row);
		if (e)
			return e;
	}
	return OK;
}

static enum err read_page(const struct scan *s, struct store_answer *answer)
{
	bool is_down = s->query->is_backward, has_row = true;
	struct walk w = walk_begin(s, archive_range_of(s->query, true), is_down);
	struct archive_row **last = &answer->messages;
	unsigned found = 0;
	size_t bytes = 0;
	enum err e = OK;

	for (unsigned i = 0; i < ARCHIVE_EXAMINED_MAX && !arena_is_over(&answer->arena); i++) {
		e = walk_step(&w, &has_row);
		if (e || !has_row)
			break;
		if (matches(s->query, w.q)) {
			struct archive_row *row;

			if (archive_page_is_full(s->query, found, bytes))
				break;
			row = sqlite_row(&answer->arena, w.q);
			found++;
			bytes += row->stanza.len;
			row->next = is_down ? answer->messages : NULL;
			*(is_down ? &answer->messages : last) = row;
			last = &row->next;
		}
		answer->examined_seq = sqlite3_column_int64(w.q, 0);
	}
	walk_end(&w);
	answer->is_complete = !e && !has_row;
	return e;
}

/* ---- counting ---- */

static enum err count_filtered(const struct scan *s, struct archive_range range, uint64_t *ret_n)
{
	struct walk w = walk_begin(s, range, false);
	uint64_t n = 0;
	bool has_row = true;
	enum err e = OK;

	for (unsigned i = 0; i < ARCHIVE_FILTERED_MAX && !e && has_row; i++) {
		e = walk_step(&w, &has_row);
		if (!e && has_row && matches(s->query, w.q))
			n++;
	}
	walk_end(&w);
	*ret_n = n;
	return e;
}

static enum err count(const struct scan *s, uint64_t *ret_n)
{
	struct archive_range range = archive_range_of(s->query, false);
	int64_t n = 0;
	sqlite3_stmt *q;
	enum err e;

	if (s->query->flags_any || s->query->ids || str_is_set(s->query->with_resource))
		return count_filtered(s, range, ret_n);
	q = bind(s, STMT_COUNT, STMT_COUNT_PEER, range);
	db_bind_int(q, 5, ARCHIVE_COUNT_MAX);
	e = db_run_int(q, &n);
	*ret_n = (uint64_t)n;
	return e;
}

/* ---- what must be there ---- */

/* Whether seq, where it is set, is a visible entry of the owner. */
static enum err find(const struct scan *s, int64_t seq)
{
	sqlite3_stmt *q;
	int64_t n;

	if (!seq)
		return OK;
	if (s->query->visible && seq > s->query->visible)
		return ERR_NOT_FOUND;
	q = db_stmt(s->db, STMT_FIND);
	db_bind_int(q, 1, s->owner);
	db_bind_int(q, 2, seq);
	return db_run_int(q, &n);
}

static enum err find_all(const struct scan *s)
{
	const struct archive_query *q = s->query;
	const int64_t ends[] = { q->after, q->before, q->above, q->below };
	enum err e = OK;

	if (!q->must_exist)
		return OK;
	for (size_t i = 0; i < array_len(ends) && !e; i++)
		e = find(s, ends[i]);
	for (unsigned i = 0; i < q->id_count && !e; i++)
		e = find(s, q->ids[i]);
	return e;
}

enum err sqlite_find_places(struct db *d, int64_t owner, const struct archive_query *q)
{
	struct scan s = { .db = d, .owner = owner, .query = q };

	return find_all(&s);
}

enum err sqlite_read_archive(struct db *d, int64_t owner, int64_t peer,
			     const struct archive_query *q, struct store_answer *answer)
{
	struct scan s = { .db = d, .owner = owner, .peer = peer, .query = q };
	enum err e = find_all(&s);

	if (!e)
		e = read_page(&s, answer);
	if (!e && q->want_count)
		e = count(&s, &answer->count);
	return e;
}

/* ---- the ends ---- */

static enum err read_end(struct db *d, int64_t owner, int64_t high, enum stmt stmt,
			 struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(d, stmt);
	bool has_row = false;
	enum err e;

	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, high);
	e = db_step(q, &has_row);
	if (e || !has_row)
		return e;
	if (!answer->messages)
		answer->messages = sqlite_row(&answer->arena, q);
	else if (answer->messages->seq != sqlite3_column_int64(q, 0))
		answer->messages->next = sqlite_row(&answer->arena, q);
	db_end(q);
	return OK;
}

enum err sqlite_read_ends(struct db *d, int64_t owner, const struct archive_query *q,
			  struct store_answer *answer)
{
	int64_t high = q->visible ? q->visible : INT64_MAX;
	enum err e = read_end(d, owner, high, STMT_FIRST, answer);

	return e ? e : read_end(d, owner, high, STMT_NEWEST, answer);
}
