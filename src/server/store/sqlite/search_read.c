/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: the index says which entries may match, the store has the last word on each. A reader
 * thread of the store. */
#include "base/mem.h"
#include "search/message.h"
#include "server/store/archive.h"
#include "server/store/sqlite/sqlite-private.h"

#include <stdlib.h>

enum {
	MATCH_BYTES_MAX = 1024 * 1024, /* of the expression for FTS5 */
	OWNERS_FEW = 4,                /* archives that are asked for at once */
	FOREIGN_MAX = 1000, /* documents of others that are passed over before more are asked for */
	NEIGHBOURS_EXAMINED_MAX = 50, /* entries looked at on one side of a match */
};

/* An archive that is searched. */
struct place {
	int64_t owner;
	struct str jid;
};

struct hunt {
	struct sqlite *b;
	struct db *store, *index;
	const struct archive_query *query;
	const struct search_ask *ask;
	struct str owner; /* of the request */
	struct place places[SEARCH_OWNERS_MAX];
	unsigned place_count;
	struct sbuf match;
	struct message_words words; /* for phrases */
	size_t read_bytes;          /* of stanzas that were read for them */
	struct arena *arena;
};

/* ---- the question ---- */

static int by_owner(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->owner < y->owner ? -1 : x->owner > y->owner;
}

static enum err add_place(struct hunt *h, struct str jid)
{
	sqlite3_stmt *q = db_stmt(h->store, STMT_OWNER_GET);
	int64_t id = 0;
	enum err e;

	db_bind_str(q, 1, jid);
	e = db_run_int(q, &id);
	if (e == ERR_NOT_FOUND) /* nothing was ever written there */
		return OK;
	if (!e)
		h->places[h->place_count++] = (struct place){ .owner = id, .jid = jid };
	return e;
}

static enum err find_places(struct hunt *h, struct str owner)
{
	enum err e = OK;

	if (!h->ask->owners)
		return add_place(h, owner);
	if (h->ask->owner_count > SEARCH_OWNERS_MAX)
		return ERR_TOO_BIG;
	for (unsigned i = 0; i < h->ask->owner_count && !e; i++)
		e = add_place(h, h->ask->owners[i]);
	qsort(h->places, h->place_count, sizeof(h->places[0]), by_owner);
	return e;
}

/* As a string of FTS5, whose only special character is the quote. */
static void add_quoted(struct sbuf *out, struct str token)
{
	(void)sbuf_add_char(out, '"');
	for (size_t i = 0; i < token.len; i++) {
		if (token.ptr[i] == '"')
			(void)sbuf_add_char(out, '"');
		(void)sbuf_add_char(out, token.ptr[i]);
	}
	(void)sbuf_add_char(out, '"');
}

/* (owner OR …) AND (term OR …) AND …; the owners may be left out where there are terms. */
static enum err write_match(struct hunt *h, bool has_owners)
{
	const struct search_ask *ask = h->ask;
	struct sbuf *out = &h->match;

	sbuf_reset(out);
	for (unsigned i = 0; i < h->place_count && has_owners; i++)
		(void)sbuf_printf(out, "%s\"@w%llx\"", i ? " OR " : "(",
				  (unsigned long long)h->places[i].owner);
	for (unsigned i = 0; i < ask->term_count; i++) {
		(void)sbuf_add(out, ask->terms[i].is_alternative ? STR(" OR ")
				    : out->len                   ? STR(") AND (")
								 : STR("("));
		add_quoted(out, ask->terms[i].token);
	}
	if (str_is_set(h->query->with))
		(void)sbuf_printf(out, ") AND (\"@p%llx\"",
				  (unsigned long long)sqlite_peer(h->b, h->query->with));
	(void)sbuf_add_char(out, ')');
	return out->err;
}

/* ---- the last word ---- */

static const struct place *place_of(const struct hunt *h, int64_t owner)
{
	struct place key = { .owner = owner };

	return bsearch(&key, h->places, h->place_count, sizeof(key), by_owner);
}

static int by_seq(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool has_mention(const struct hunt *h, struct str owner)
{
	const struct search_ask *ask = h->ask;
	struct str name = STR_NONE;

	for (unsigned i = 0; i < ask->name_count; i++) {
		if (str_eq(ask->names[i].owner, owner))
			name = ask->names[i].phrase;
	}
	return message_words_mention(&h->words, ask->terms, ask->term_count, name);
}

/* What the index cannot tell: the text has the last word. */
static bool has_phrases(struct hunt *h, struct str owner, struct str stanza)
{
	if (!h->ask->phrase_count && !h->ask->name_count)
		return true;
	h->read_bytes += stanza.len;
	return message_words_read(&h->words, stanza) &&
	       message_words_have(&h->words, h->ask->phrases, h->ask->phrase_count) &&
	       (!h->ask->name_count || has_mention(h, owner));
}

/* Whether the entry of owner that q stands on is what was asked for. */
static bool matches(struct hunt *h, struct str owner, sqlite3_stmt *q)
{
	const struct archive_query *query = h->query;
	unsigned flags = (unsigned)sqlite3_column_int64(q, 2);
	int64_t seq = sqlite3_column_int64(q, 0);

	if (flags & (ARCHIVE_BLANKED | ARCHIVE_HIDDEN))
		return false;
	if (query->flags_any && !(flags & query->flags_any))
		return false;
	if (query->ids && !bsearch(&seq, query->ids, query->id_count, sizeof(seq), by_seq))
		return false;
	return archive_matches_resource(query, db_str(q, 3)) && has_phrases(h, owner, db_str(q, 3));
}

/* The entry of a document, if it matches; *ret_row is NULL if not. The index may still have what is
 * gone. want_row false: any pointer tells that it does. */
static enum err judge(struct hunt *h, const struct place *place, int64_t seq,
		      struct archive_row **ret_row)
{
	bool has_peer = str_is_set(h->query->with), has_row = false;
	sqlite3_stmt *q = db_stmt(h->store, has_peer ? STMT_PAGE_PEER_UP : STMT_PAGE_UP);
	enum err e;

	*ret_row = NULL;
	db_bind_int(q, 1, place->owner);
	db_bind_int(q, 2, seq);
	db_bind_int(q, 3, seq);
	if (has_peer)
		db_bind_int(q, 4, sqlite_peer(h->b, h->query->with));
	e = db_step(q, &has_row);
	if (e || !has_row)
		return e;
	if (matches(h, place->jid, q))
		*ret_row = sqlite_row(h->arena, q);
	db_end(q);
	return OK;
}

/* ---- documents in their order ---- */

/* To ask for many owners costs milliseconds before the first match comes. Most often the matches of
 * everybody are few, or many of them the asker's: so they are looked at first, and the owners are
 * asked for when too many of others' have come. */
struct walk {
	sqlite3_stmt *q;
	int64_t low, high; /* documents that are left */
	bool is_down;
	bool has_owners;  /* they are asked for */
	bool is_over;     /* nothing is left */
	unsigned left;    /* documents of the asker's that may still be looked at */
	unsigned foreign; /* of others, so far */
	int64_t seq;      /* of the last one */
};

static enum err walk_bind(struct hunt *h, struct walk *w)
{
	enum err e = write_match(h, w->has_owners);

	w->q = db_stmt(h->index, w->is_down ? STMT_MATCHES_DOWN : STMT_MATCHES_UP);
	if (w->q)
		(void)sqlite3_bind_text64(w->q, 1, h->match.ptr, h->match.len, SQLITE_STATIC,
					  SQLITE_UTF8);
	db_bind_int(w->q, 2, w->low);
	db_bind_int(w->q, 3, w->high);
	return e;
}

static enum err walk_begin(struct hunt *h, struct archive_range range, bool is_down, unsigned limit,
			   struct walk *ret_walk)
{
	const int64_t last = INT64_MAX >> DOC_SHIFT;
	int64_t low = range.low < 0 ? 0 : range.low, high = range.high > last ? last : range.high;

	*ret_walk = (struct walk){ .is_down = is_down, .left = limit };
	h->read_bytes = 0;
	ret_walk->is_over = low > high;
	if (ret_walk->is_over)
		return OK;
	ret_walk->low = low << DOC_SHIFT;
	ret_walk->high = (high << DOC_SHIFT) + DOC_SAME_MAX - 1;
	ret_walk->has_owners = h->place_count <= OWNERS_FEW || !h->ask->term_count;
	return walk_bind(h, ret_walk);
}

/* The next document. */
static enum err walk_step(struct hunt *h, struct walk *w, const struct place **ret_place)
{
	bool has_row = false;
	int64_t id;
	enum err e = db_step(w->q, &has_row);

	*ret_place = NULL;
	w->is_over = !has_row;
	if (e || !has_row)
		return e;
	id = sqlite3_column_int64(w->q, 0);
	w->seq = id >> DOC_SHIFT;
	*(w->is_down ? &w->high : &w->low) = id + (w->is_down ? -1 : 1);
	*ret_place = place_of(h, sqlite3_column_int64(w->q, 1));
	if (*ret_place) {
		w->left--;
	} else if (!w->has_owners && w->foreign++ == FOREIGN_MAX) {
		w->has_owners = true;
		db_end(w->q);
		return walk_bind(h, w);
	}
	return OK;
}

/* The next entry that matches, or NULL: at the end, or when enough was looked at. */
static enum err walk_next(struct hunt *h, struct walk *w, struct archive_row **ret_row)
{
	*ret_row = NULL;
	while (!w->is_over && w->left && h->read_bytes < SEARCH_READ_BYTES_MAX && !*ret_row) {
		const struct place *place;
		enum err e = walk_step(h, w, &place);

		if (e)
			return e;
		if (!place)
			continue;
		e = judge(h, place, w->seq, ret_row);
		if (e)
			return e;
		if (*ret_row)
			(*ret_row)->owner = place->jid;
	}
	return OK;
}

/* ---- neighbours ---- */

static enum err read_side(struct hunt *h, const struct archive_row *row, bool is_down,
			  struct archive_row **ret_rows)
{
	const struct place *place = NULL;
	struct archive_row **last = ret_rows;
	unsigned found = 0;
	bool has_row = true;
	int64_t newest = h->query->visible ? h->query->visible : INT64_MAX;
	int64_t peer = 0;
	sqlite3_stmt *q;
	enum err e = OK;

	for (unsigned i = 0; i < h->place_count && !place; i++)
		place = str_eq(h->places[i].jid, row->owner) ? &h->places[i] : NULL;
	if (!place)
		return OK;
	if (h->ask->has_conversations && str_eq(row->owner, h->owner)) {
		q = db_stmt(h->store, STMT_ENTRY_PEER);
		db_bind_int(q, 1, place->owner);
		db_bind_int(q, 2, row->seq);
		e = db_run_int(q, &peer);
		q = db_stmt(h->store, is_down ? STMT_PAGE_PEER_DOWN : STMT_PAGE_PEER_UP);
		db_bind_int(q, 4, peer);
	} else {
		q = db_stmt(h->store, is_down ? STMT_PAGE_DOWN : STMT_PAGE_UP);
	}
	db_bind_int(q, 1, place->owner);
	db_bind_int(q, 2, is_down ? INT64_MIN : row->seq + 1);
	db_bind_int(q, 3, is_down ? row->seq - 1 : newest);
	for (unsigned i = 0; i < NEIGHBOURS_EXAMINED_MAX && !e && found < h->ask->context; i++) {
		struct archive_row *near;

		e = db_step(q, &has_row);
		if (e || !has_row)
			break;
		if (sqlite3_column_int64(q, 2) & ARCHIVE_HIDDEN)
			continue;
		near = sqlite_row(h->arena, q);
		found++;
		near->next = is_down ? *ret_rows : NULL;
		*(is_down ? ret_rows : last) = near;
		last = &near->next;
	}
	db_end(q);
	return e;
}

static enum err read_neighbours(struct hunt *h, struct archive_row *rows)
{
	enum err e = OK;

	for (; rows && !e; rows = rows->next) {
		e = read_side(h, rows, true, &rows->before);
		if (!e)
			e = read_side(h, rows, false, &rows->after);
	}
	return e;
}

/* ---- a page ---- */

static enum err read_page(struct hunt *h, struct store_answer *answer)
{
	bool is_down = h->query->is_backward;
	struct walk w;
	struct archive_row **last = &answer->messages, *row = NULL;
	unsigned found = 0;
	size_t bytes = 0;
	enum err e =
		walk_begin(h, archive_range_of(h->query, true), is_down, SEARCH_EXAMINED_MAX, &w);

	if (!e)
		e = walk_next(h, &w, &row);
	for (; !e && row; e = walk_next(h, &w, &row)) {
		if (archive_page_is_full(h->query, found, bytes))
			break;
		found++;
		bytes += row->stanza.len;
		row->next = is_down ? answer->messages : NULL;
		*(is_down ? &answer->messages : last) = row;
		last = &row->next;
		answer->examined_seq = w.seq;
	}
	db_end(w.q);
	/* All that was looked at in vain belongs to the page, too; the match that had no room does
	 * not. */
	if (!row && w.seq)
		answer->examined_seq = w.seq;
	answer->is_complete = !e && w.is_over;
	return e;
}

static enum err count(struct hunt *h, uint64_t *ret_n)
{
	struct walk w;
	struct arena *before = h->arena, scratch scoped(arena_done) = { 0 };
	struct archive_row *row = NULL;
	enum err e = walk_begin(h, archive_range_of(h->query, false), false, SEARCH_COUNT_MAX, &w);

	arena_init(&scratch, SIZE_MAX);
	h->arena = &scratch;
	if (!e)
		e = walk_next(h, &w, &row);
	for (; !e && row; e = walk_next(h, &w, &row)) {
		++*ret_n;
		arena_reset(&scratch);
	}
	db_end(w.q);
	h->arena = before;
	return e;
}

static enum err run(struct hunt *h, const struct store_request *request,
		    struct store_answer *answer)
{
	enum err e = find_places(h, request->owner);

	if (!e && !h->ask->owners && h->place_count)
		e = sqlite_find_places(h->store, h->places[0].owner, h->query);
	if (!e && !h->place_count)
		e = !h->ask->owners && archive_is_bound(h->query) ? ERR_NOT_FOUND : OK;
	if (e || !h->place_count) {
		answer->is_complete = !e;
		return e;
	}
	if (archive_page_rows(h->query))
		e = read_page(h, answer);
	if (!e && h->ask->context)
		e = read_neighbours(h, answer->messages);
	if (!e && h->query->want_count)
		e = count(h, &answer->count);
	return e;
}

enum err sqlite_search(struct sqlite *b, struct db *d, struct db *s,
		       const struct store_request *request, struct store_answer *answer)
{
	struct hunt *h = mem_zalloc(1, sizeof(*h));
	enum err e;

	h->b = b;
	h->store = d;
	h->index = s;
	h->query = &request->archive;
	h->ask = &request->search;
	h->owner = request->owner;
	h->arena = &answer->arena;
	h->match = SBUF(MATCH_BYTES_MAX);
	message_words_init(&h->words);
	e = run(h, request, answer);
	message_words_done(&h->words);
	sbuf_done(&h->match);
	mem_free(h);
	return e;
}

enum err sqlite_search_status(struct db *d, struct db *s, struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(s, STMT_STAT_BYTES);
	int64_t body = 0, newest = 0, entries = 0, bytes = 0;
	enum err e = search_db_get(s, STR("body"), &body);

	if (!e)
		e = search_db_get(s, STR("entries"), &entries);
	if (!e)
		e = db_run_int(db_stmt(d, STMT_BODY_LAST), &newest);
	if (!e)
		e = db_run_int(q, &bytes);
	answer->search.entries = (uint64_t)entries;
	answer->search.bytes = (uint64_t)bytes;
	answer->search.waiting = newest > body ? (uint64_t)(newest - body) : 0;
	return e;
}
