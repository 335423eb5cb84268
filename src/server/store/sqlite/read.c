/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: each answer is made in one read transaction on the connection of its thread. */
#include "base/mem.h"
#include "server/store/archive.h"
#include "server/store/sqlite/map_guard.h"
#include "server/store/sqlite/sqlite-private.h"
#include "server/store/sqlite/young_table.h"

enum {
	ACCOUNTS_MAX = 1000, /* of one page */
	DEDUP_MAX = 10000,   /* values of one answer */
	STALE_MAX = 2000,    /* messages that the index may lie behind before it says so */
};

struct reader {
	struct sqlite *b;
	struct db db;
	struct search_conn search;
	struct young_view view; /* while it reads archives */
};

const char *const sqlite_reader_pragmas[] = {
	"PRAGMA query_only = ON",        "PRAGMA cache_size = -2048", /* KiB; the pages themselves
									 come through the map */
	"PRAGMA mmap_size = 1073741824", "PRAGMA temp_store = MEMORY", NULL,
};

static enum err open_db(struct reader *r)
{
	enum err e = db_init(&r->db, r->b->path.ptr, NULL, sqlite_reader_pragmas);

	return e ? e : young_table_add(&r->db, &r->b->settle.young, &r->view);
}

void *sqlite_reader_open(void *backend)
{
	struct reader *r = mem_zalloc(1, sizeof(*r));

	r->b = backend;
	map_guard_init();
	search_conn_add(&r->b->search, &r->search);
	if (open_db(r)) {
		sqlite_reader_close(r);
		return NULL;
	}
	return r;
}

void sqlite_reader_close(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	search_conn_remove(&r->b->search, &r->search);
	db_done(&r->db);
	mem_free(r);
}

static enum err find_owner(struct reader *r, struct str jid, int64_t *ret_id)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_OWNER_GET);

	db_bind_str(q, 1, jid);
	return db_run_int(q, ret_id);
}

/* ---- accounts ---- */

static void copy_bytes(uint8_t *to, size_t size, struct str s)
{
	memcpy(to, s.ptr, s.len < size ? s.len : size);
}

static enum err read_verifiers(struct reader *r, struct account *account)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_VERIFIER_GET);
	bool has_row;
	enum err e;

	db_bind_str(q, 1, account->owner);
	while (!(e = db_step(q, &has_row)) && has_row) {
		int kind = sqlite3_column_int(q, 0);
		struct str salt = db_str(q, 2), stored = db_str(q, 3), server = db_str(q, 4);
		struct account_verifier *v;

		if (kind < 0 || kind >= SCRAM_KINDS || stored.len != server.len ||
		    salt.len > sizeof(v->salt) || stored.len > sizeof(v->stored_key))
			continue; /* of a later version: of no use here */
		v = &account->verifier[kind];
		v->iterations = (uint32_t)sqlite3_column_int64(q, 1);
		v->salt_len = (uint8_t)salt.len;
		v->key_len = (uint8_t)stored.len;
		copy_bytes(v->salt, sizeof(v->salt), salt);
		copy_bytes(v->stored_key, sizeof(v->stored_key), stored);
		copy_bytes(v->server_key, sizeof(v->server_key), server);
	}
	return e;
}

static void fill_account(struct account *account, struct arena *a, sqlite3_stmt *q)
{
	*account = (struct account){
		.owner = arena_dup(a, db_str(q, 0)),
		.wall_created = sqlite3_column_int64(q, 1),
		.is_admin = sqlite3_column_int(q, 2) != 0,
		.is_disabled = sqlite3_column_int(q, 3) != 0,
	};
}

static enum err read_account(struct reader *r, struct str owner, struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_ACCOUNT_GET);
	bool has_row;
	enum err e;

	db_bind_str(q, 1, owner);
	e = db_step(q, &has_row);
	if (e)
		return e;
	if (!has_row)
		return ERR_NOT_FOUND;
	fill_account(&answer->account, &answer->arena, q);
	db_end(q);
	return read_verifiers(r, &answer->account);
}

static enum err read_accounts(struct reader *r, const struct store_request *request,
			      struct store_answer *answer)
{
	unsigned max = request->max && request->max < ACCOUNTS_MAX ? request->max : ACCOUNTS_MAX;
	sqlite3_stmt *q = db_stmt(&r->db, STMT_ACCOUNT_PAGE);
	bool has_row;
	enum err e;

	answer->accounts = arena_alloc(&answer->arena, max * sizeof(*answer->accounts));
	db_bind_str(q, 1, request->after_key);
	db_bind_int(q, 2, (int64_t)max + 1);
	while (!(e = db_step(q, &has_row)) && has_row) {
		struct account *account = &answer->accounts[answer->account_count];

		if (answer->account_count == max) {
			answer->has_more = true;
			break;
		}
		fill_account(account, &answer->arena, q);
		e = read_verifiers(r, account);
		if (e)
			break;
		answer->account_count++;
	}
	db_end(q);
	return e;
}

/* ---- keyval ---- */

/* Takes the rows of q, at most max (0: all), to the end of the answer. */
static enum err take_rows(sqlite3_stmt *q, struct str space, unsigned max,
			  struct store_answer *answer)
{
	struct keyval_row **last = &answer->rows;
	unsigned n = 0;
	bool has_row;
	enum err e;

	while (*last)
		last = &(*last)->next;
	while (!(e = db_step(q, &has_row)) && has_row && !arena_is_over(&answer->arena)) {
		struct keyval_row *row;

		if (max && n++ == max) {
			answer->has_more = true;
			break;
		}
		row = arena_new(&answer->arena, struct keyval_row);
		row->space = space;
		row->key = arena_dup(&answer->arena, db_str(q, 0));
		row->value = arena_dup(&answer->arena, db_str(q, 1));
		*last = row;
		last = &row->next;
	}
	db_end(q);
	return e;
}

static enum err read_space(struct reader *r, int64_t owner, struct str space, unsigned max,
			   struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_KEYVAL_SPACE);

	db_bind_int(q, 1, owner);
	db_bind_str(q, 2, space);
	db_bind_int(q, 3, max ? (int64_t)max + 1 : -1);
	return take_rows(q, arena_dup(&answer->arena, space), max, answer);
}

/* Those of the keys that there are. */
static enum err read_keys(struct reader *r, int64_t owner, const struct store_request *request,
			  struct store_answer *answer)
{
	struct str space = arena_dup(&answer->arena, request->space);

	for (unsigned i = 0; i < request->key_count; i++) {
		sqlite3_stmt *q = db_stmt(&r->db, STMT_KEYVAL_GET);
		enum err e;

		db_bind_int(q, 1, owner);
		db_bind_str(q, 2, request->space);
		db_bind_str(q, 3, request->keys[i]);
		e = take_rows(q, space, 0, answer);
		if (e)
			return e;
	}
	return OK;
}

static enum err read_keyval(struct reader *r, int64_t owner, const struct store_request *request,
			    struct store_answer *answer)
{
	bool is_one = str_is_set(request->key);
	sqlite3_stmt *q;

	if (request->key_count)
		return read_keys(r, owner, request, answer);
	if (!is_one && !str_is_set(request->after_key))
		return read_space(r, owner, request->space, request->max, answer);
	q = db_stmt(&r->db, is_one ? STMT_KEYVAL_GET : STMT_KEYVAL_PAGE);
	db_bind_int(q, 1, owner);
	db_bind_str(q, 2, request->space);
	db_bind_str(q, 3, is_one ? request->key : request->after_key);
	if (!is_one)
		db_bind_int(q, 4, request->max ? (int64_t)request->max + 1 : -1);
	return take_rows(q, arena_dup(&answer->arena, request->space), request->max, answer);
}

/* ---- the rest ---- */

static enum err read_owner(struct reader *r, const struct store_request *request,
			   struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_LAST);
	enum err account = read_account(r, request->owner, answer);
	int64_t owner;
	enum err e;

	if (account && account != ERR_NOT_FOUND)
		return account;
	e = find_owner(r, request->owner, &owner);
	if (e)
		return e == ERR_NOT_FOUND ? account : e;
	for (unsigned i = 0; i < request->space_count && !e; i++)
		e = read_space(r, owner, request->spaces[i], 0, answer);
	if (e)
		return e;
	db_bind_int(q, 1, owner);
	e = db_run_int(q, &answer->last_seq);
	return e && e != ERR_NOT_FOUND ? e : account;
}

static enum err read_dedup(struct reader *r, int64_t owner, const struct store_request *request,
			   struct store_answer *answer)
{
	unsigned max = request->max && request->max < DEDUP_MAX ? request->max : DEDUP_MAX;
	uint64_t *values = arena_alloc(&answer->arena, max * sizeof(*values));
	sqlite3_stmt *q = db_stmt(&r->db, STMT_DEDUP);
	bool has_row;
	enum err e;

	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, request->from_wall);
	db_bind_int(q, 3, request->is_in ? ARCHIVE_IN : ARCHIVE_OUT);
	db_bind_int(q, 4, max);
	while (!(e = db_step(q, &has_row)) && has_row)
		values[answer->dedup_count++] = (uint64_t)sqlite3_column_int64(q, 0);
	answer->dedup = values;
	return e;
}

static enum err read_session(struct reader *r, uint64_t session, struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_SESSION_GET);
	bool has_row;
	enum err e;

	db_bind_int(q, 1, (int64_t)session);
	e = db_step(q, &has_row);
	if (e)
		return e;
	if (!has_row)
		return ERR_NOT_FOUND;
	answer->session_owner = arena_dup(&answer->arena, db_str(q, 0));
	answer->session_h = (uint32_t)sqlite3_column_int64(q, 1);
	db_end(q);
	return OK;
}

static enum err read_stats(struct reader *r, struct store_answer *answer)
{
	const struct {
		enum stmt stmt;
		uint64_t *n;
	} wanted[] = {
		{ STMT_STAT_ACCOUNTS, &answer->stats.accounts },
		{ STMT_STAT_MESSAGES, &answer->stats.messages },
		{ STMT_STAT_ENTRIES, &answer->stats.entries },
		{ STMT_STAT_BYTES, &answer->stats.bytes },
	};
	enum err e = db_run_int(db_stmt(&r->db, STMT_STAT_NEWEST), &answer->stats.wall_newest);

	for (size_t i = 0; i < array_len(wanted) && !e; i++) {
		int64_t n = 0;

		e = db_run_int(db_stmt(&r->db, wanted[i].stmt), &n);
		*wanted[i].n = (uint64_t)n;
	}
	return e;
}

/* ---- usage ---- */

static enum err read_spaces(struct reader *r, int64_t owner, struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_USAGE_SPACES);
	struct usage_row **last = &answer->usage.spaces;
	bool has_row;
	enum err e;

	db_bind_int(q, 1, owner);
	while (!(e = db_step(q, &has_row)) && has_row && !arena_is_over(&answer->arena)) {
		struct usage_row *row = arena_new(&answer->arena, struct usage_row);

		row->space = arena_dup(&answer->arena, db_str(q, 0));
		row->count = (uint64_t)sqlite3_column_int64(q, 1);
		row->bytes = (uint64_t)sqlite3_column_int64(q, 2);
		*last = row;
		last = &row->next;
	}
	db_end(q);
	return e;
}

static enum err read_usage(struct reader *r, int64_t owner, int64_t after,
			   struct store_answer *answer)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_USAGE_ENTRIES);
	bool has_row;
	enum err e;

	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, after);
	db_bind_int(q, 3, USAGE_ENTRIES_MAX);
	e = db_step(q, &has_row);
	if (!e && has_row) {
		answer->usage.messages = (uint64_t)sqlite3_column_int64(q, 0);
		answer->usage.bytes = (uint64_t)sqlite3_column_int64(q, 1);
		answer->examined_seq = sqlite3_column_int64(q, 2);
	}
	db_end(q);
	answer->is_complete = answer->usage.messages < USAGE_ENTRIES_MAX;
	return e || after ? e : read_spaces(r, owner, answer);
}

/* Reads that need the owner's number; what is not there is empty. */
static enum err read_of_owner(struct reader *r, const struct store_request *request,
			      struct store_answer *answer)
{
	const struct archive_query *q = &request->archive;
	int64_t owner;
	enum err e = find_owner(r, request->owner, &owner);

	if (e == ERR_NOT_FOUND) {
		bool is_bound = request->kind == READ_ARCHIVE && archive_is_bound(q);

		answer->is_complete = true;
		return is_bound ? ERR_NOT_FOUND : OK;
	}
	if (e)
		return e;
	if (request->kind == READ_KEYVAL)
		return read_keyval(r, owner, request, answer);
	if (request->kind == READ_ARCHIVE_ENDS)
		return sqlite_read_ends(&r->db, owner, q, answer);
	if (request->kind == READ_DEDUP)
		return read_dedup(r, owner, request, answer);
	if (request->kind == READ_USAGE)
		return read_usage(r, owner, q->after, answer);
	return sqlite_read_archive(&r->db, owner, sqlite_peer(r->b, q->with), q, answer);
}

/* The conversations may all be in other archives. */
static enum err read_talks(struct reader *r, const struct store_request *request,
			   struct store_answer *answer)
{
	int64_t owner = 0;
	enum err e = find_owner(r, request->owner, &owner);

	return e && e != ERR_NOT_FOUND ? e
				       : sqlite_read_talks(r->b, &r->db, owner, request, answer);
}

/* ---- the index ---- */

static enum err search_open(struct reader *r, const struct store_request *request,
			    struct store_answer *answer)
{
	enum err e = OK;

	if (request->kind == READ_SEARCH)
		e = sqlite_search(r->b, &r->db, &r->search.db, request, answer);
	if (!e)
		e = sqlite_search_status(&r->db, &r->search.db, answer);
	answer->is_stale = answer->search.waiting > STALE_MAX;
	if (e && search_db_is_broken(&r->search.db)) {
		atomic_store(&r->b->search.is_broken, true); /* the next step mends it */
		e = ERR_BUSY;
	}
	return e;
}

/* An index that is not there yet, or that is being made anew, is asked later. */
static enum err search(struct reader *r, const struct store_request *request,
		       struct store_answer *answer)
{
	struct search_files *f = &r->b->search;
	enum err e = OK;

	(void)pthread_rwlock_rdlock(&f->lock);
	if (!r->search.db.conn && search_conn_open(f, &r->search))
		e = ERR_BUSY;
	if (!e)
		e = search_open(r, request, answer);
	(void)pthread_rwlock_unlock(&f->lock);
	return e;
}

static enum err read_any(struct reader *r, const struct store_request *request,
			 struct store_answer *answer)
{
	switch (request->kind) {
	case READ_OWNER:
		return read_owner(r, request, answer);
	case READ_ACCOUNT:
		return read_account(r, request->owner, answer);
	case READ_ACCOUNTS:
		return read_accounts(r, request, answer);
	case READ_KEYVAL:
	case READ_DEDUP:
	case READ_ARCHIVE:
	case READ_ARCHIVE_ENDS:
	case READ_USAGE:
		return read_of_owner(r, request, answer);
	case READ_TALKS:
		return read_talks(r, request, answer);
	case READ_SESSION:
		return read_session(r, request->session, answer);
	case READ_STATS:
		return read_stats(r, answer);
	case READ_SEARCH:
	case READ_SEARCH_STATUS:
		return search(r, request, answer);
	}
	return ERR_UNSUPPORTED;
}

/* What of the young entries belongs to the snapshot that begins here. */
static enum err take_snapshot(struct reader *r)
{
	sqlite3_stmt *q = db_stmt(&r->db, STMT_YOUNG_VIEW);
	bool has_row = false;
	enum err e = db_step(q, &has_row);

	if (e || !has_row)
		return e ? e : ERR_IO;
	r->view.step = sqlite3_column_int64(q, 0);
	r->view.body = sqlite3_column_int64(q, 1);
	db_end(q);
	return OK;
}

static enum err read_in_txn(struct reader *r, const struct store_request *request,
			    struct store_answer *answer)
{
	enum err e = db_run(db_stmt(&r->db, STMT_BEGIN_READ));

	if (!e)
		e = take_snapshot(r);
	if (!e)
		e = read_any(r, request, answer);
	if (!sqlite3_get_autocommit(r->db.conn)) {
		enum err ended = db_run(db_stmt(&r->db, STMT_COMMIT));

		e = e ? e : ended;
	}
	return e;
}

enum err sqlite_read(void *reader, const struct store_request *request, struct store_answer *answer)
{
	struct reader *r = reader;
	bool is_open = r->db.conn != NULL;
	enum err e = ERR_IO;

	map_guard_begin();
	if (!is_open)
		is_open = open_db(r) == OK;
	young_view_begin(&r->b->settle.young, &r->view);
	if (is_open)
		e = read_in_txn(r, request, answer);
	young_view_end(&r->b->settle.young, &r->view);
	if (map_guard_end() && is_open)
		return e;
	db_done(&r->db); /* with its map, in which pages are wrong now; the next read opens it */
	(void)pthread_rwlock_rdlock(&r->b->search.lock);
	db_done(&r->search.db);
	(void)pthread_rwlock_unlock(&r->b->search.lock);
	return ERR_IO;
}
