/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the index, see search_db.h. */
#include "server/store/sqlite/search_db.h"

#include "base/log.h"
#include "search/message.h"
#include "server/store/sqlite/wal_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const writer_pragmas[] = {
	"PRAGMA page_size = 4096", /* bytes */
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL", /* what the store has forgotten must be out of here; wal_vfs.h
				      * relies on it */
	"PRAGMA wal_autocheckpoint = 2000", /* pages */
	"PRAGMA journal_size_limit = 67108864",
	"PRAGMA cache_size = -16384", /* KiB */
	"PRAGMA temp_store = MEMORY",
	"PRAGMA secure_delete = ON",
	NULL,
};

static const char *const reader_pragmas[] = {
	"PRAGMA query_only = ON",        "PRAGMA cache_size = -8192", /* KiB */
	"PRAGMA mmap_size = 1073741824", "PRAGMA temp_store = MEMORY", NULL,
};

static const char *const tables[] = {
	"CREATE TABLE meta (key BLOB PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
	"CREATE TABLE doc (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL) STRICT",
	"CREATE VIRTUAL TABLE words USING fts5(tokens, content='', columnsize=0, detail=none, "
	"tokenize='parley')",
	/* Documents of one step are one segment: a few large ones are searched quickly. */
	"INSERT INTO words (words, rank) VALUES ('hashsize', 16777216)",
	"INSERT INTO words (words, rank) VALUES ('automerge', 16)",
	NULL,
};

/* ---- tokens ---- */

static int tokenizer_new(void *arg, const char **args, int count, Fts5Tokenizer **ret)
{
	(void)arg;
	(void)args;
	(void)count;
	*ret = (Fts5Tokenizer *)(uintptr_t)1; /* there is nothing to keep */
	return SQLITE_OK;
}

static void tokenizer_free(Fts5Tokenizer *t)
{
	(void)t;
}

/* The tokens are made already (search/tokens.h). */
static int split(Fts5Tokenizer *t, void *ctx, int flags, const char *text, int len,
		 int (*token)(void *, int, const char *, int, int, int))
{
	const char *at = text, *end = text + len;
	int rc = SQLITE_OK;

	(void)t;
	(void)flags;
	while (at < end && rc == SQLITE_OK) {
		const char *stop = memchr(at, TOKEN_END, (size_t)(end - at));
		int from = (int)(at - text), n = (int)((stop ? stop : end) - at);

		if (n)
			rc = token(ctx, 0, at, n, from, from + n);
		at = stop ? stop + 1 : end;
	}
	return rc;
}

static enum err add_tokenizer(struct db *d)
{
	fts5_tokenizer tokenizer = { tokenizer_new, tokenizer_free, split };
	fts5_api *api = NULL;
	sqlite3_stmt *q = NULL;
	enum err e = db_err(sqlite3_prepare_v2(d->conn, "SELECT fts5(?1)", -1, &q, NULL));

	if (!e)
		e = db_err(sqlite3_bind_pointer(q, 1, (void *)&api, "fts5_api_ptr", NULL));
	if (!e)
		e = db_run(q);
	(void)sqlite3_finalize(q);
	if (!e && !api)
		e = ERR_UNSUPPORTED; /* an SQLite without FTS5 */
	return e ? e : db_err(api->xCreateTokenizer(api, "parley", NULL, &tokenizer, NULL));
}

/* ---- numbers ---- */

enum err search_db_get(struct db *d, struct str key, int64_t *ret_n)
{
	sqlite3_stmt *q = db_stmt(d, STMT_SEARCH_GET);
	enum err e;

	db_bind_str(q, 1, key);
	e = db_run_int(q, ret_n);
	if (e == ERR_NOT_FOUND)
		*ret_n = 0;
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err search_db_set(struct db *d, struct str key, int64_t n)
{
	sqlite3_stmt *q = db_stmt(d, STMT_SEARCH_SET);

	db_bind_str(q, 1, key);
	db_bind_int(q, 2, n);
	return db_run(q);
}

/* ---- connections ---- */

void search_files_init(struct search_files *f, struct str path, int64_t store)
{
	pthread_rwlockattr_t attr;

	f->path = path;
	f->store = store;
	(void)pthread_rwlockattr_init(&attr);
	(void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&f->lock, &attr);
	(void)pthread_rwlockattr_destroy(&attr);
}

void search_files_done(struct search_files *f)
{
	if (str_is_set(f->path))
		(void)pthread_rwlock_destroy(&f->lock);
	f->path = STR_NONE;
}

void search_conn_add(struct search_files *f, struct search_conn *c)
{
	(void)pthread_rwlock_wrlock(&f->lock);
	c->next = f->conns;
	f->conns = c;
	(void)pthread_rwlock_unlock(&f->lock);
}

void search_conn_remove(struct search_files *f, struct search_conn *c)
{
	struct search_conn **at = &f->conns;

	(void)pthread_rwlock_wrlock(&f->lock);
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	db_done(&c->db);
	(void)pthread_rwlock_unlock(&f->lock);
}

enum err search_conn_open(struct search_files *f, struct search_conn *c)
{
	enum err e = db_init(&c->db, f->path.ptr, NULL, reader_pragmas);

	if (!e)
		e = add_tokenizer(&c->db);
	if (e)
		db_done(&c->db);
	return e;
}

bool search_db_is_broken(const struct db *d)
{
	int rc = d->conn ? sqlite3_errcode(d->conn) & 0xff : SQLITE_OK;

	return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
}

/* Makes the file ourselves, for its mode. */
static enum err open_file(struct search_files *f, struct db *d)
{
	int fd = open(f->path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	(void)close(fd);
	e = db_init(d, f->path.ptr, wal_vfs(), writer_pragmas);
	return e ? e : add_tokenizer(d);
}

/* Which tokens, of which store: any other index is of no use. */
static int64_t version_of(const struct search_files *f)
{
	return f->store ^ (SEARCH_SCHEMA_VERSION * 1000 + MESSAGE_TOKENS_VERSION);
}

static enum err make_tables(struct search_files *f, struct db *d)
{
	enum err e = db_exec(d, "BEGIN IMMEDIATE");

	for (size_t i = 0; tables[i] && !e; i++)
		e = db_exec(d, tables[i]);
	if (!e)
		e = search_db_set(d, STR("version"), version_of(f));
	return e ? e : db_exec(d, "COMMIT");
}

static enum err remove_file(struct search_files *f)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
	char path[4096];

	for (size_t i = 0; i < array_len(endings); i++) {
		int n = snprintf(path, sizeof(path), "%s%s", f->path.ptr, endings[i]);

		if (n < 0 || n >= (int)sizeof(path))
			return ERR_TOO_BIG;
		if (unlink(path) != 0 && errno != ENOENT)
			return err_from_errno(errno);
	}
	return OK;
}

static enum err make_anew(struct search_files *f, struct db *d)
{
	enum err e;

	for (struct search_conn *c = f->conns; c; c = c->next)
		db_done(&c->db);
	db_done(d);
	e = remove_file(f);
	if (!e)
		e = open_file(f, d);
	if (!e)
		e = make_tables(f, d);
	if (e)
		db_done(d);
	atomic_store(&f->is_broken, false);
	return e;
}

enum err search_db_reset(struct search_files *f, struct db *d)
{
	enum err e;

	(void)pthread_rwlock_wrlock(&f->lock);
	e = make_anew(f, d);
	(void)pthread_rwlock_unlock(&f->lock);
	return e;
}

static enum err open_or_make(struct search_files *f, struct db *d)
{
	int64_t version = 0;
	enum err e = open_file(f, d);

	if (e && !search_db_is_broken(d)) {
		db_done(d);
		return e;
	}
	if (!e && search_db_get(d, STR("version"), &version) == OK && version == version_of(f))
		return OK;
	return make_anew(f, d);
}

enum err search_db_open(struct search_files *f, struct db *d)
{
	enum err e;

	(void)pthread_rwlock_wrlock(&f->lock); /* nobody reads a file without tables */
	e = open_or_make(f, d);
	(void)pthread_rwlock_unlock(&f->lock);
	return e;
}
