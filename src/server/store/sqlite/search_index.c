/* SPDX-License-Identifier: Apache-2.0 */
/* Filling the index behind the archive, see store/indexer.h: what was appended since the last step,
 * and what was taken away, out of one snapshot of the store. The indexer's thread. */
#include "base/log.h"
#include "base/mem.h"
#include "search/message.h"
#include "server/store/sqlite/map_guard.h"
#include "server/store/sqlite/sqlite-private.h"

#include <stdlib.h>

enum {
	STEP_BYTES_MAX =
		16 * 1024 * 1024, /* of tokens; a step ends with the message that passes it */
	/* Words of what was removed stay in the file until its segments are merged. All of them are
	 * as soon as so many documents are few, or one in so many was removed. */
	SWEEP_FEW = 50000,
	SWEEP_SHARE = 16,
	OWN_TOKEN_MAX = 18, /* bytes */
};

#define KEY_BODY    STR("body")    /* the newest that was looked at */
#define KEY_GONE    STR("gone")    /* the newest removal that was looked at */
#define KEY_ENTRIES STR("entries") /* in the index */
#define KEY_UNSWEPT STR("unswept") /* removed since all segments were merged */

struct index {
	struct sqlite *b;
	struct db store; /* for reading */
	struct db db;
	struct message_words words;
	int64_t body, gone, entries, unswept;
	bool is_broken; /* the last step found the file damaged */
};

/* A document of this step. */
struct doc {
	int64_t id, owner;
	struct str tokens; /* NUL behind it */
};

struct docs {
	struct arena arena;
	struct doc *docs;
	size_t count, cap, bytes;
	bool is_mixed; /* they do not stand in the order of their ids */
};

/* What a step has read of the store. */
struct news {
	struct docs old, fresh;     /* that went away; that came */
	int64_t body, gone, newest; /* how far it goes; the newest body of all */
	unsigned gone_count;
	bool is_empty; /* nothing has happened since the last step */
};

/* ---- documents ---- */

static void docs_init(struct docs *d)
{
	*d = (struct docs){ .docs = NULL };
	arena_init(&d->arena, SIZE_MAX);
}

static void docs_done(struct docs *d)
{
	arena_done(&d->arena);
	mem_free(d->docs);
}

/* A token of the store's own, with up to 16 hexadecimal digits; returns where it ends. */
static char *put_token(char *at, char kind, uint64_t n)
{
	int bits = n ? 64 - __builtin_clzll(n) : 1;

	*at++ = '@';
	*at++ = kind;
	for (int shift = (bits - 1) / 4 * 4; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[n >> shift & 15];
	return at;
}

/* What ix->words holds, for one entry. */
static void docs_add(struct docs *d, struct index *ix, int64_t owner, int64_t seq, int64_t peer)
{
	struct str words = sbuf_str(&ix->words.tokens);
	char own[2 * OWN_TOKEN_MAX + 1], *end = put_token(own, 'w', (uint64_t)owner);
	struct doc *doc;

	if (seq < 0 || seq > INT64_MAX >> DOC_SHIFT)
		return; /* no time of these centuries */
	*end++ = TOKEN_END;
	end = put_token(end, 'p', (uint64_t)peer);
	if (d->count == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 64;
		d->docs = mem_grow(d->docs, d->cap * sizeof(*d->docs));
	}
	doc = &d->docs[d->count++];
	*doc = (struct doc){ .id = seq << DOC_SHIFT, .owner = owner };
	doc->tokens = ARENA_JOIN(&d->arena, words, str_make(own, (size_t)(end - own)));
	d->bytes += doc->tokens.len;
	d->is_mixed |= d->count > 1 && doc->id < doc[-1].id;
}

static int by_id(const void *a, const void *b)
{
	const struct doc *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* FTS5 writes a segment each time that its rows do not rise. */
static void docs_sort(struct docs *d)
{
	if (d->is_mixed)
		qsort(d->docs, d->count, sizeof(*d->docs), by_id);
}

static enum err run_words(struct index *ix, enum stmt id, int64_t doc, struct str tokens)
{
	sqlite3_stmt *q = db_stmt(&ix->db, id);

	db_bind_int(q, 1, doc);
	if (q) /* up to its NUL: with a length SQLite would copy it to put one there */
		(void)sqlite3_bind_text(q, 2, tokens.ptr, -1, SQLITE_STATIC);
	return db_run(q);
}

/* The document of the owner among those at one place (*ret_id; 0: none), and the last number that
 * is taken there. */
static enum err find_doc(struct index *ix, int64_t first, int64_t owner, int64_t *ret_id,
			 int64_t *ret_last)
{
	sqlite3_stmt *q = db_stmt(&ix->db, STMT_DOC_AT);
	bool has_row = false;
	enum err e;

	*ret_id = 0;
	*ret_last = first - 1;
	db_bind_int(q, 1, first);
	db_bind_int(q, 2, first + DOC_SAME_MAX - 1);
	for (e = db_step(q, &has_row); !e && has_row; e = db_step(q, &has_row)) {
		*ret_last = sqlite3_column_int64(q, 0);
		if (sqlite3_column_int64(q, 1) == owner)
			*ret_id = *ret_last;
	}
	return e;
}

static enum err add_row(struct index *ix, int64_t id, int64_t owner, bool *ret_is_new)
{
	sqlite3_stmt *q = db_stmt(&ix->db, STMT_DOC_ADD);
	enum err e;

	db_bind_int(q, 1, id);
	db_bind_int(q, 2, owner);
	e = db_run(q);
	*ret_is_new = !e && sqlite3_changes(ix->db.conn) > 0;
	return e;
}

static enum err add_doc(struct index *ix, const struct doc *doc, uint64_t *added)
{
	int64_t id = doc->id, found, last;
	bool is_new;
	enum err e = add_row(ix, id, doc->owner, &is_new);

	if (!e && !is_new) { /* another owner's, or indexed already */
		e = find_doc(ix, doc->id, doc->owner, &found, &last);
		if (e || found || last + 1 >= doc->id + DOC_SAME_MAX)
			return e;
		id = last + 1;
		e = add_row(ix, id, doc->owner, &is_new);
	}
	if (!e)
		e = run_words(ix, STMT_WORDS_ADD, id, doc->tokens);
	if (!e)
		++*added;
	return e;
}

static enum err remove_doc(struct index *ix, const struct doc *doc, uint64_t *removed)
{
	sqlite3_stmt *q = db_stmt(&ix->db, STMT_DOC_DROP);
	int64_t id, last;
	enum err e = find_doc(ix, doc->id, doc->owner, &id, &last);

	if (e || !id)
		return e;
	e = run_words(ix, STMT_WORDS_DROP, id, doc->tokens);
	db_bind_int(q, 1, id);
	if (!e)
		e = db_run(q);
	if (!e)
		++*removed;
	return e;
}

/* ---- what went away ---- */

static enum err read_gone(struct index *ix, const struct index_step *step, struct news *n)
{
	sqlite3_stmt *q = db_stmt(&ix->store, STMT_GONE);
	bool has_row = false;
	enum err e;

	db_bind_int(q, 1, ix->gone);
	db_bind_int(q, 2, step->max);
	for (e = db_step(q, &has_row); !e && has_row; e = db_step(q, &has_row)) {
		n->gone = sqlite3_column_int64(q, 0);
		n->gone_count++;
		if (message_words_read(&ix->words, db_str(q, 4)))
			docs_add(&n->old, ix, sqlite3_column_int64(q, 1),
				 sqlite3_column_int64(q, 2), sqlite3_column_int64(q, 3));
	}
	return e;
}

/* ---- what is new ---- */

/* One of the entries of the body that q stands on, if it is still there: in four columns. */
static void take_entry(struct index *ix, sqlite3_stmt *q, int at, struct docs *docs)
{
	bool is_there = sqlite3_column_type(q, at + 2) != SQLITE_NULL;

	if (is_there && !(sqlite3_column_int64(q, at + 3) & ARCHIVE_HIDDEN))
		docs_add(docs, ix, sqlite3_column_int64(q, at), sqlite3_column_int64(q, at + 1),
			 sqlite3_column_int64(q, at + 2));
}

static enum err read_fresh(struct index *ix, struct index_step *step, struct news *n)
{
	sqlite3_stmt *q = db_stmt(&ix->store, STMT_FRESH);
	bool has_row = false;
	unsigned count = 0;
	enum err e;

	db_bind_int(q, 1, ix->body);
	db_bind_int(q, 2, step->max);
	for (e = db_step(q, &has_row); !e && has_row; e = db_step(q, &has_row)) {
		n->body = sqlite3_column_int64(q, 0);
		count++;
		if (!(sqlite3_column_int64(q, 2) & ARCHIVE_BLANKED) &&
		    message_words_read(&ix->words, db_str(q, 1))) {
			take_entry(ix, q, 3, &n->fresh);
			take_entry(ix, q, 7, &n->fresh);
		}
		if (n->fresh.bytes > STEP_BYTES_MAX)
			break;
	}
	step->is_done = !e && !has_row && count < step->max;
	db_end(q);
	return e;
}

/* ---- steps ---- */

static enum err save(struct index *ix, int64_t body, int64_t gone, int64_t entries, int64_t unswept)
{
	enum err e = search_db_set(&ix->db, KEY_BODY, body);

	if (!e)
		e = search_db_set(&ix->db, KEY_GONE, gone);
	if (!e)
		e = search_db_set(&ix->db, KEY_ENTRIES, entries);
	if (!e)
		e = search_db_set(&ix->db, KEY_UNSWEPT, unswept);
	return e ? e : db_run(db_stmt(&ix->db, STMT_COMMIT));
}

/* Removals first: what is new may stand where something was before. */
static enum err write_index(struct index *ix, struct index_step *step, struct news *n)
{
	int64_t entries, unswept;
	enum err e = db_run(db_stmt(&ix->db, STMT_BEGIN_WRITE));

	docs_sort(&n->old);
	docs_sort(&n->fresh);
	for (size_t i = 0; i < n->old.count && !e; i++)
		e = remove_doc(ix, &n->old.docs[i], &step->removed);
	for (size_t i = 0; i < n->fresh.count && !e; i++)
		e = add_doc(ix, &n->fresh.docs[i], &step->added);
	entries = ix->entries + (int64_t)step->added - (int64_t)step->removed;
	unswept = ix->unswept + (int64_t)step->removed;
	if (!e)
		e = save(ix, n->body, n->gone, entries, unswept);
	if (e)
		return e;
	ix->body = n->body;
	ix->gone = n->gone;
	ix->entries = entries;
	ix->unswept = unswept;
	step->gone = n->gone_count ? n->gone : 0;
	step->waiting = n->newest > n->body ? (uint64_t)(n->newest - n->body) : 0;
	return OK;
}

static enum err rollback(struct db *d)
{
	return sqlite3_get_autocommit(d->conn) ? OK : db_run(db_stmt(d, STMT_ROLLBACK));
}

/* Merges all segments into one, so that nothing of what was removed stays in the file. */
static enum err sweep(struct index *ix)
{
	enum err e;

	if (!ix->unswept || (ix->entries > SWEEP_FEW && ix->unswept < ix->entries / SWEEP_SHARE))
		return OK;
	e = db_run(db_stmt(&ix->db, STMT_WORDS_SWEEP));
	if (!e)
		e = search_db_set(&ix->db, KEY_UNSWEPT, 0);
	if (!e)
		ix->unswept = 0;
	return e;
}

/* Whether there is something to be done at all: an idle look writes nothing. */
static enum err look(struct index *ix, bool *ret_has_work)
{
	int64_t body = 0, gone = 0;
	enum err e = db_run_int(db_stmt(&ix->store, STMT_BODY_LAST), &body);

	if (!e)
		e = db_run_int(db_stmt(&ix->store, STMT_GONE_LAST), &gone);
	*ret_has_work = body > ix->body || gone > ix->gone;
	return e;
}

/* What a step is about, out of one snapshot. It ends before anything is written: while it stands
 * the store's log cannot begin anew, and grows. */
static enum err read_store(struct index *ix, struct index_step *step, struct news *n)
{
	bool has_work = false;
	enum err e = db_run(db_stmt(&ix->store, STMT_BEGIN_READ));

	if (!e)
		e = look(ix, &has_work);
	step->is_done = !has_work;
	if (!e && has_work)
		e = read_gone(ix, step, n);
	if (!e && has_work && n->gone_count < step->max && n->old.bytes <= STEP_BYTES_MAX)
		e = read_fresh(ix, step, n);
	if (!e)
		e = db_run_int(db_stmt(&ix->store, STMT_BODY_LAST), &n->newest);
	n->is_empty = !has_work;
	return rollback(&ix->store) ? ERR_IO : e;
}

static enum err run_step(struct index *ix, struct index_step *step)
{
	struct news news = { .body = ix->body, .gone = ix->gone };
	enum err e, swept = OK;

	docs_init(&news.old);
	docs_init(&news.fresh);
	e = read_store(ix, step, &news);
	if (!e && !news.is_empty)
		e = write_index(ix, step, &news);
	docs_done(&news.old);
	docs_done(&news.fresh);
	if (!e && step->is_done)
		swept = sweep(ix); /* else another time: the step stands */
	ix->is_broken = (e || swept) && search_db_is_broken(&ix->db);
	return e && rollback(&ix->db) ? ERR_IO : e; /* the next BEGIN fails, and says so */
}

/* The places that the index has reached. An older store was put under it where it is further than
 * the store itself: of removals nothing is known then. */
static enum err load(struct index *ix)
{
	int64_t gone = 0;
	enum err e = search_db_get(&ix->db, KEY_BODY, &ix->body);

	if (!e)
		e = search_db_get(&ix->db, KEY_GONE, &ix->gone);
	if (!e)
		e = search_db_get(&ix->db, KEY_ENTRIES, &ix->entries);
	if (!e)
		e = search_db_get(&ix->db, KEY_UNSWEPT, &ix->unswept);
	if (!e)
		e = db_run_int(db_stmt(&ix->store, STMT_GONE_LAST), &gone);
	if (!e && gone < ix->gone)
		return sqlite_index_reset(ix);
	/* What was newest may have been deleted, and its number is given again. */
	if (ix->body > ix->b->first_body)
		ix->body = ix->b->first_body;
	return e;
}

enum err sqlite_index_reset(void *index)
{
	struct index *ix = index;
	enum err e = search_db_reset(&ix->b->search, &ix->db);

	ix->body = ix->gone = ix->entries = ix->unswept = 0;
	return e;
}

static enum err open_all(struct index *ix)
{
	enum err e = OK;

	if (!ix->store.conn)
		e = db_init(&ix->store, ix->b->path.ptr, NULL, sqlite_reader_pragmas);
	if (!e && !ix->db.conn) {
		e = search_db_open(&ix->b->search, &ix->db);
		if (!e)
			e = load(ix);
	}
	return e;
}

enum err sqlite_index_step(void *index, struct index_step *step)
{
	struct index *ix = index;
	enum err e;

	ix->is_broken = false;
	map_guard_begin();
	e = open_all(ix);
	if (!e && atomic_load(&ix->b->search.is_broken))
		e = sqlite_index_reset(ix);
	if (!e)
		e = run_step(ix, step);
	if (!map_guard_end() && !e)
		e = ERR_IO;
	if (ix->is_broken) {
		log_error(NULL, "the search index is damaged, it is made anew", F_ERR(e));
		return sqlite_index_reset(ix);
	}
	if (e) {
		db_done(&ix->store);
		db_done(&ix->db);
	}
	return e;
}

enum err sqlite_index_open(void *backend, void **ret_index)
{
	struct index *ix = mem_zalloc(1, sizeof(*ix));

	ix->b = backend;
	map_guard_init();
	message_words_init(&ix->words);
	ix->words.is_without_phrases = true;
	*ret_index = ix;
	return OK;
}

void sqlite_index_close(void *index)
{
	struct index *ix = index;

	if (!ix)
		return;
	message_words_done(&ix->words);
	db_done(&ix->store);
	db_done(&ix->db);
	mem_free(ix);
}

enum err sqlite_index_forget(void *backend, int64_t gone)
{
	struct sqlite *b = backend;
	sqlite3_stmt *q = db_stmt(&b->db, STMT_GONE_DROP);

	db_bind_int(q, 1, gone);
	return db_run(q);
}
