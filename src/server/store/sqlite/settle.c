/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to archives, see settle.h. */
#include "server/store/sqlite/settle.h"

enum {
	/* Entries settled for each one added, so that a generation is through when the next one is
	 * half full; and the most for one commit. */
	SETTLE_SHARE = 2,
	SETTLE_STEP_MAX = 4096,
};

/* ---- start ---- */

static enum err read_state(struct settle *s)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_YOUNG_STATE);
	bool has_row = false;
	enum err e = db_step(q, &has_row);

	if (e || !has_row)
		return e ? e : ERR_IO;
	s->state = (struct settle_state){ .base = sqlite3_column_int64(q, 0),
					  .goal = sqlite3_column_int64(q, 1),
					  .owner = sqlite3_column_int64(q, 2),
					  .step = sqlite3_column_int64(q, 3) };
	db_end(q);
	return OK;
}

static bool is_young(const struct settle_state *st, int64_t body, const struct settle_entry *e)
{
	if (!e->owner || e->flags & YOUNG_SETTLED)
		return false;
	return body > st->goal || e->owner > st->owner;
}

/* Entry of the body that q stands on, in five columns. */
static void take_entry(struct settle *s, sqlite3_stmt *q, int at)
{
	struct settle_entry e = { .owner = sqlite3_column_int64(q, at),
				  .seq = sqlite3_column_int64(q, at + 1),
				  .peer = sqlite3_column_int64(q, at + 2),
				  .flags = (unsigned)sqlite3_column_int64(q, at + 3),
				  .dedup = sqlite3_column_int64(q, at + 4) };
	struct young_entry y = { .seq = e.seq,
				 .body = sqlite3_column_int64(q, 0),
				 .peer = e.peer,
				 .dedup = e.dedup,
				 .flags = e.flags };

	if (is_young(&s->state, y.body, &e))
		young_add(&s->young, young_owner(&s->young, e.owner), &y);
}

/* Bodies of the generation that was being settled come first. */
static enum err take_all(struct settle *s)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_YOUNG_ALL);
	bool has_row, is_settling = s->state.goal > s->state.base;
	enum err e;

	db_bind_int(q, 1, s->state.base);
	while (!(e = db_step(q, &has_row)) && has_row) {
		if (is_settling && sqlite3_column_int64(q, 0) > s->state.goal) {
			young_turn(&s->young);
			is_settling = false;
		}
		young_begin(&s->young, sqlite3_column_int64(q, 0));
		take_entry(s, q, 1);
		take_entry(s, q, 6);
	}
	if (is_settling)
		young_turn(&s->young);
	return e;
}

enum err settle_init(struct settle *s, struct db *d, size_t limit)
{
	enum err e;

	*s = (struct settle){ .db = d, .limit = limit ? limit : YOUNG_GENERATION };
	e = read_state(s);
	if (!e)
		e = db_run_int(db_stmt(d, STMT_BODY_LAST), &s->last_body);
	if (e)
		return e;
	/* An id below the goal would count as settled. */
	s->last_body = s->last_body > s->state.goal ? s->last_body : s->state.goal;
	s->next = s->state;
	young_init(&s->young, s->state.step);
	return take_all(s);
}

void settle_done(struct settle *s)
{
	young_done(&s->young);
}

/* ---- settling ---- */

static enum err write_entry(struct settle *s, int64_t owner, const struct young_entry *entry)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_ENTRY_ADD);

	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, entry->seq);
	db_bind_int(q, 3, entry->body);
	db_bind_int(q, 4, entry->peer);
	db_bind_int(q, 5, entry->flags);
	db_bind_int(q, 6, entry->dedup);
	return db_run(q);
}

/* The step of this txn. */
static int64_t step_of(struct settle *s)
{
	s->next.step = s->state.step + 1;
	return s->next.step;
}

static enum err mark_settled(struct settle *s, int64_t owner, const struct young_entry *entry)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_YOUNG_SETTLED);

	db_bind_int(q, 1, entry->body);
	db_bind_int(q, 2, owner);
	db_bind_int(q, 3, entry->seq);
	db_bind_int(q, 4, YOUNG_SETTLED);
	return db_run(q);
}

static enum err settle_one(struct settle *s, struct young_owner *o, struct young_entry *entry)
{
	enum err e = write_entry(s, o->id, entry);

	if (!e)
		e = mark_settled(s, o->id, entry);
	if (!e)
		young_settle(&s->young, o, entry, step_of(s));
	return e;
}

enum err settle_range(struct settle *s, int64_t owner, int64_t low, int64_t high)
{
	struct young_generation *g = s->young.oldest;
	enum err e = OK;

	for (; g && !e; g = g->newer) {
		struct young_owner *o = young_find(g, owner);

		for (unsigned i = 0; o && i < o->count && !e; i++) {
			struct young_entry *entry = &o->entries[i];

			if (!entry->settled && entry->seq >= low && entry->seq <= high)
				e = settle_one(s, o, entry);
		}
	}
	return e;
}

enum err settle_body(struct settle *s, int64_t owner, int64_t seq)
{
	enum err e = settle_range(s, owner, seq, seq);
	sqlite3_stmt *q = db_stmt(s->db, STMT_ENTRY_BODY);
	int64_t places[2 * ARCHIVE_ENTRIES_MAX];
	bool has_row = false;

	if (e)
		return e;
	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, seq);
	e = db_step(q, &has_row);
	if (e || !has_row)
		return e;
	for (int i = 0; i < (int)array_len(places); i++)
		places[i] = sqlite3_column_int64(q, i);
	db_end(q);
	for (size_t i = 0; i < array_len(places) && !e; i += 2)
		e = settle_range(s, places[i], places[i + 1], places[i + 1]);
	return e;
}

/* ---- generations ---- */

static enum err settle_owner(struct settle *s, struct young_owner *o)
{
	enum err e = OK;

	for (unsigned i = 0; i < o->count && !e; i++) {
		struct young_entry *entry = &o->entries[i];

		if (entry->settled)
			continue;
		e = write_entry(s, o->id, entry);
		if (!e)
			young_settle(&s->young, o, entry, step_of(s));
	}
	s->credit -= o->count;
	s->next.owner = o->id;
	return e;
}

static enum err save_state(struct settle *s)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_YOUNG_SAVE);

	db_bind_int(q, 1, s->next.base);
	db_bind_int(q, 2, s->next.goal);
	db_bind_int(q, 3, s->next.owner);
	db_bind_int(q, 4, s->next.step);
	return db_run(q);
}

enum err settle_prepare(struct settle *s)
{
	struct young_owner *o = NULL;
	bool is_settling = s->young.settling && s->credit > 0;
	enum err e = OK;

	s->credit = s->credit < SETTLE_STEP_MAX ? s->credit : SETTLE_STEP_MAX;
	while (is_settling && !e && s->credit > 0 && (o = young_next(&s->young)))
		e = settle_owner(s, o);
	if (!e && is_settling && !o && s->credit > 0) {
		young_finish(&s->young, step_of(s));
		s->next.base = s->next.goal;
		s->next.owner = 0;
	}
	if (!e && s->next.step != s->state.step)
		e = save_state(s);
	return e;
}

void settle_begin(struct settle *s)
{
	s->next = s->state;
	s->credit_before = s->credit;
	s->is_open = true;
	young_begin(&s->young, s->last_body);
}

void settle_commit(struct settle *s)
{
	s->state = s->next;
	s->is_open = false;
	young_commit(&s->young, s->state.step);
	if (s->young.settling || s->young.newest->count < s->limit)
		return;
	young_turn(&s->young);
	/* Written with the first step of it. */
	s->state.goal = s->last_body;
	s->state.owner = 0;
	s->credit = 0;
}

void settle_rollback(struct settle *s)
{
	if (!s->is_open)
		return;
	young_undo(&s->young, s->state.step + 1);
	s->credit = s->credit_before;
	s->is_open = false;
}

/* ---- appending ---- */

static enum err know(struct settle *s, struct young_owner *o)
{
	sqlite3_stmt *q = db_stmt(s->db, STMT_ENTRY_LAST);
	int64_t last = INT64_MIN, young = young_newest(&s->young, o->id);
	enum err e = OK;

	if (o->is_known)
		return OK;
	db_bind_int(q, 1, o->id);
	e = db_run_int(q, &last);
	if (e && e != ERR_NOT_FOUND)
		return e;
	o->last = last > young ? last : young;
	o->is_known = true;
	return OK;
}

/* The newest of its owner becomes young, if it may; *ret_flags are the body's. */
static enum err place(struct settle *s, const struct settle_entry *entry, unsigned *ret_flags)
{
	struct young_owner *o = young_owner(&s->young, entry->owner);
	struct young_entry y = { .seq = entry->seq,
				 .body = s->last_body,
				 .peer = entry->peer,
				 .dedup = entry->dedup,
				 .flags = entry->flags };
	enum err e = know(s, o);
	bool is_newest = !e && entry->seq > o->last;

	if (e)
		return e;
	if (!is_newest && young_has(&s->young, entry->owner, entry->seq))
		return ERR_EXISTS;
	o->last = is_newest ? entry->seq : o->last;
	if (is_newest && !(entry->flags & ARCHIVE_HIDDEN) && o->count < YOUNG_OF_OWNER_MAX) {
		young_add(&s->young, o, &y);
		s->credit += SETTLE_SHARE;
		*ret_flags = entry->flags;
		return OK;
	}
	*ret_flags = entry->flags | YOUNG_SETTLED;
	return write_entry(s, entry->owner, &y);
}

/* Ids of bodies only rise, as long as the process lives: the index goes by them, and young entries.
 */
enum err settle_append(struct settle *s, usec_t wall_time, struct str stanza,
		       const struct settle_entry *entries, unsigned count)
{
	sqlite3_stmt *q;
	unsigned flags[ARCHIVE_ENTRIES_MAX] = { 0 };
	enum err e = OK;

	s->last_body++;
	for (unsigned i = 0; i < count && !e; i++)
		e = place(s, &entries[i], &flags[i]);
	if (e)
		return e;
	q = db_stmt(s->db, STMT_BODY_ADD);
	db_bind_int(q, 1, s->last_body);
	db_bind_int(q, 2, wall_time);
	db_bind_int(q, 3, count);
	db_bind_str(q, 4, stanza);
	for (unsigned i = 0; i < ARCHIVE_ENTRIES_MAX; i++) {
		struct settle_entry none = { .owner = 0 };
		const struct settle_entry *entry = i < count ? &entries[i] : &none;
		int at = 5 + 5 * (int)i;

		db_bind_int(q, at, entry->owner);
		db_bind_int(q, at + 1, entry->seq);
		db_bind_int(q, at + 2, entry->peer);
		db_bind_int(q, at + 3, flags[i]);
		db_bind_int(q, at + 4, entry->dedup);
	}
	return db_run(q);
}
