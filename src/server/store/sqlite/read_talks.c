/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations with their last message and what is unread in them (XEP-0430). One of an account is
 * answered by the index entry_peer alone, a room's by its entries; no text is read but the last. A
 * reader thread of the store. */
#include "base/mem.h"
#include "server/store/sqlite/sqlite-private.h"

struct look {
	const struct sqlite *b;
	struct db *db;
	const struct store_request *request;
	struct store_answer *answer;
	struct talk_row **last;
	int64_t asker;  /* whose archive the request is about; 0: none */
	int64_t *peers; /* of the asker's conversations among the queries; 0: none of these */
	unsigned count;
};

/* One conversation that is looked at. */
struct talk {
	int64_t owner, peer, high;
	bool is_room;
	int64_t not_from;
	const struct talk_query *query; /* NULL: nothing of it is read */
};

static sqlite3_stmt *bind(const struct look *l, const struct talk *t, enum stmt of_peer,
			  enum stmt of_room)
{
	sqlite3_stmt *q = db_stmt(l->db, t->is_room ? of_room : of_peer);

	db_bind_int(q, 1, t->owner);
	if (!t->is_room)
		db_bind_int(q, 2, t->peer);
	db_bind_int(q, 3, t->high);
	return q;
}

static enum err read_row(const struct look *l, const struct talk *t, int64_t seq,
			 struct talk_row *row)
{
	sqlite3_stmt *q = db_stmt(l->db, STMT_PAGE_UP);
	bool has_row;
	enum err e;

	db_bind_int(q, 1, t->owner);
	db_bind_int(q, 2, seq);
	db_bind_int(q, 3, seq);
	e = db_step(q, &has_row);
	if (e || !has_row)
		return e ? e : ERR_IO; /* its index says that it is there */
	row->message = arena_new(&l->answer->arena, struct archive_row);
	row->message->seq = seq;
	row->message->wall_time = sqlite3_column_int64(q, 1);
	row->message->flags = (unsigned)sqlite3_column_int64(q, 2);
	row->message->stanza = arena_dup(&l->answer->arena, db_str(q, 3));
	db_end(q);
	return OK;
}

static enum err read_message(const struct look *l, const struct talk *t, struct talk_row *row)
{
	sqlite3_stmt *q = bind(l, t, STMT_TALK_TEXT, STMT_ROOM_TEXT);
	int64_t seq = row->newest;
	enum err e;

	db_bind_int(q, 4, TALK_LOOK_MAX);
	e = db_run_int(q, &seq);
	return e && e != ERR_NOT_FOUND ? e : read_row(l, t, seq, row);
}

static enum err count(const struct look *l, const struct talk *t, struct talk_row *row)
{
	sqlite3_stmt *q = bind(l, t, STMT_TALK_COUNT, STMT_ROOM_COUNT);
	int64_t n = 0;
	enum err e;

	db_bind_int(q, 4, TALK_COUNT_MAX);
	if (t->is_room)
		db_bind_int(q, 5, t->not_from);
	db_bind_int(q, 6, t->query ? t->query->after : 0);
	e = db_run_int(q, &n);
	row->unread = (uint64_t)n;
	return e;
}

static enum err count_places(const struct look *l, const struct talk *t, struct talk_row *row)
{
	enum err e = OK;

	for (unsigned i = 0; t->query && i < t->query->place_count && !e; i++) {
		sqlite3_stmt *q = db_stmt(l->db, STMT_TALK_PLACE);
		int64_t n = 0;

		db_bind_int(q, 1, t->owner);
		db_bind_int(q, 2, t->query->places[i]);
		e = db_run_int(q, &n);
		row->places += (unsigned)n;
	}
	return e;
}

static enum err look_at(struct look *l, const struct talk *t)
{
	sqlite3_stmt *q = bind(l, t, STMT_TALK_NEWEST, STMT_ROOM_NEWEST);
	struct talk_row *row;
	int64_t newest;
	enum err e = db_run_int(q, &newest);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	row = arena_zalloc(&l->answer->arena, sizeof(*row));
	row->talk = t->query ? (int)(t->query - l->request->talks) : -1;
	row->newest = newest;
	e = read_message(l, t, row);
	if (!e)
		e = count(l, t, row);
	if (!e)
		e = count_places(l, t, row);
	*l->last = row;
	l->last = &row->next;
	l->count++;
	return e;
}

static int64_t high_of(const struct look *l, int64_t owner)
{
	int64_t visible = l->request->archive.visible;

	return owner == l->asker && visible ? visible : INT64_MAX;
}

static enum err look_at_query(struct look *l, const struct talk_query *query)
{
	struct talk t = { .query = query, .is_room = !str_is_set(query->with) };
	sqlite3_stmt *q = db_stmt(l->db, STMT_OWNER_GET);
	enum err e;

	db_bind_str(q, 1, query->owner);
	e = db_run_int(q, &t.owner);
	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	t.high = high_of(l, t.owner);
	t.peer = t.is_room ? 0 : sqlite_peer(l->b, query->with);
	t.not_from = sqlite_peer(l->b, query->not_from);
	if (!t.is_room && t.owner == l->asker)
		l->peers[query - l->request->talks] = t.peer;
	return look_at(l, &t);
}

/* ---- all of an account ---- */

static bool is_asked(const struct look *l, int64_t peer)
{
	for (unsigned i = 0; i < l->request->talk_count; i++) {
		if (l->peers[i] == peer)
			return true;
	}
	return false;
}

/* The peers of young entries, rising. */
struct young_peers {
	int64_t *peers;
	unsigned count, at, cap;
};

static enum err find_young(const struct look *l, struct young_peers *y)
{
	sqlite3_stmt *q = db_stmt(l->db, STMT_TALK_YOUNG);
	bool has_row;
	enum err e;

	db_bind_int(q, 1, l->asker);
	while (!(e = db_step(q, &has_row)) && has_row) {
		if (y->count == y->cap) {
			y->cap = y->cap ? 2 * y->cap : 64;
			y->peers = mem_grow(y->peers, y->cap * sizeof(*y->peers));
		}
		y->peers[y->count++] = sqlite3_column_int64(q, 0);
	}
	return e;
}

/* The peer behind *peer, in the table or young; ERR_NOT_FOUND: none. */
static enum err next_peer(const struct look *l, struct young_peers *y, int64_t *peer)
{
	sqlite3_stmt *q = db_stmt(l->db, STMT_TALK_NEXT);
	int64_t after = *peer;
	enum err e;

	db_bind_int(q, 1, l->asker);
	db_bind_int(q, 2, after);
	e = db_run_int(q, peer);
	while (y->at < y->count && y->peers[y->at] <= after)
		y->at++;
	if (y->at < y->count && (e == ERR_NOT_FOUND || (!e && y->peers[y->at] < *peer))) {
		*peer = y->peers[y->at];
		e = OK;
	}
	return e;
}

/* Every peer once, in the order of the index. What is hidden has an empty one. */
static enum err look_at_each(struct look *l, struct young_peers *y)
{
	int64_t peer = INT64_MIN, hidden = sqlite_peer(l->b, STR(""));
	enum err e = OK;

	while (!e && l->count < TALKS_MAX && !arena_is_over(&l->answer->arena)) {
		struct talk t = { .owner = l->asker, .high = high_of(l, l->asker) };

		e = next_peer(l, y, &peer);
		if (e)
			return e == ERR_NOT_FOUND ? OK : e;
		t.peer = peer;
		if (peer != hidden && !is_asked(l, peer))
			e = look_at(l, &t);
	}
	return e;
}

static enum err look_at_all(struct look *l)
{
	struct young_peers y = { .count = 0 };
	enum err e = find_young(l, &y);

	if (!e)
		e = look_at_each(l, &y);
	mem_free(y.peers);
	return e;
}

enum err sqlite_read_talks(const struct sqlite *b, struct db *d, int64_t owner,
			   const struct store_request *request, struct store_answer *answer)
{
	struct look l = { .b = b,
			  .db = d,
			  .request = request,
			  .answer = answer,
			  .last = &answer->talks,
			  .asker = owner };
	enum err e = OK;

	l.peers = arena_zalloc(&answer->arena, (request->talk_count + 1) * sizeof(*l.peers));
	for (unsigned i = 0; i < request->talk_count && !e; i++)
		e = look_at_query(&l, &request->talks[i]);
	if (!e && owner && request->all_talks)
		e = look_at_all(&l);
	return e;
}
