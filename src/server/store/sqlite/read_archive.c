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

	if (query->flags_any && !(flags & query->flags_any))
		return false;
	return !str_is_set(query->with_resource) || archive_matches_resource(query, db_str(q, 3));
}

static struct archive_row *make_row(struct arena *a, sqlite3_stmt *q)
{
	struct archive_row *row = arena_new(a, struct archive_row);

	row->seq = sqlite3_column_int64(q, 0);
	row->wall_time = sqlite3_column_int64(q, 1);
	row->flags = (unsigned)sqlite3_column_int64(q, 2);
	row->stanza = arena_dup(a, db_str(q, 3));
	return row;
}

static enum err read_page(const struct scan *s, struct store_answer *answer)
{
	struct archive_range range = archive_range_of(s->query, true);
	bool is_down = s->query->is_backward, has_row = true;
	sqlite3_stmt *q = is_down ? bind(s, STMT_PAGE_DOWN, STMT_PAGE_PEER_DOWN, range)
				  : bind(s, STMT_PAGE_UP, STMT_PAGE_PEER_UP, range);
	struct archive_row **last = &answer->messages;
	unsigned found = 0;
	size_t bytes = 0;
	enum err e = OK;

	for (unsigned i = 0; i < ARCHIVE_EXAMINED_MAX && !arena_is_over(&answer->arena); i++) {
		e = db_step(q, &has_row);
		if (e || !has_row)
			break;
		if (matches(s->query, q)) {
			struct archive_row *row;

			if (archive_page_is_full(s->query, found, bytes))
				break;
			row = make_row(&answer->arena, q);
			found++;
			bytes += row->stanza.len;
			row->next = is_down ? answer->messages : NULL;
			*(is_down ? &answer->messages : last) = row;
			last = &row->next;
		}
		answer->examined_seq = sqlite3_column_int64(q, 0);
	}
	db_end(q);
	answer->is_complete = !e && !has_row;
	return e;
}

static enum err count_filtered(const struct scan *s, struct archive_range range, uint64_t *ret_n)
{
	sqlite3_stmt *q = bind(s, STMT_PAGE_UP, STMT_PAGE_PEER_UP, range);
	uint64_t n = 0;
	bool has_row = true;
	enum err e = OK;

	for (unsigned i = 0; i < ARCHIVE_FILTERED_MAX && !e && has_row; i++) {
		e = db_step(q, &has_row);
		if (!e && has_row && matches(s->query, q))
			n++;
	}
	db_end(q);
	*ret_n = n;
	return e;
}

static enum err count(const struct scan *s, uint64_t *ret_n)
{
	struct archive_range range = archive_range_of(s->query, false);
	int64_t n = 0;
	sqlite3_stmt *q;
	enum err e;

	if (s->query->flags_any || str_is_set(s->query->with_resource))
		return count_filtered(s, range, ret_n);
	q = bind(s, STMT_COUNT, STMT_COUNT_PEER, range);
	db_bind_int(q, 5, ARCHIVE_COUNT_MAX);
	e = db_run_int(q, &n);
	*ret_n = (uint64_t)n;
	return e;
}

static enum err first(const struct scan *s, int64_t *ret_seq)
{
	struct archive_range range = { .low = 0, .high = INT64_MAX };
	sqlite3_stmt *q;
	enum err e;

	if (s->query->visible)
		range.high = s->query->visible;
	q = bind(s, STMT_FIRST, STMT_FIRST_PEER, range);
	e = db_run_int(q, ret_seq);
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Whether seq, where it is set, is a visible entry of the owner. */
static enum err find(const struct scan *s, int64_t seq)
{
	sqlite3_stmt *q;
	int64_t n = 0;
	enum err e;

	if (!seq)
		return OK;
	if (s->query->visible && seq > s->query->visible)
		return ERR_NOT_FOUND;
	q = db_stmt(s->db, STMT_COUNT);
	db_bind_int(q, 1, s->owner);
	db_bind_int(q, 2, seq);
	db_bind_int(q, 3, seq);
	db_bind_int(q, 5, 1);
	e = db_run_int(q, &n);
	if (e)
		return e;
	return n ? OK : ERR_NOT_FOUND;
}

static enum err find_ends(const struct scan *s)
{
	enum err e = s->query->must_exist ? find(s, s->query->after) : OK;

	return e || !s->query->must_exist ? e : find(s, s->query->before);
}

enum err sqlite_read_archive(struct db *d, int64_t owner, int64_t peer,
			     const struct archive_query *q, struct store_answer *answer)
{
	struct scan s = { .db = d, .owner = owner, .peer = peer, .query = q };
	enum err e = find_ends(&s);

	if (!e)
		e = read_page(&s, answer);
	if (!e && q->want_count)
		e = count(&s, &answer->count);
	if (!e)
		e = first(&s, &answer->first_seq);
	return e;
}
