/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the SQLite file, and the table of functions. See sqlite.h; start-up only. */
#include "server/store/sqlite/sqlite.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/store/folder.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite-private.h"
#include "server/store/sqlite/wal_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* XEP-0198: how long a session's h is kept for a client that comes back after a crash. */
static const usec_t SESSION_KEPT_USEC = 7 * USEC_PER_DAY;

static const char *const writer_pragmas[] = {
	"PRAGMA page_size = 4096", /* bytes; measured: docs/storage.md */
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",        /* wal_vfs.h relies on it */
	"PRAGMA wal_autocheckpoint = 1000", /* pages; on this thread: docs/performance.md */
	"PRAGMA journal_size_limit = 67108864",
	"PRAGMA cache_size = -65536", /* KiB */
	"PRAGMA temp_store = MEMORY",
	"PRAGMA secure_delete = ON", /* what is deleted leaves nothing on free pages either */
	NULL,
};

/* The folder, locked: two processes on one WAL would be safe, but two servers on one archive would
 * not. */
static enum err lock_dir(struct sqlite *b, const char **ret_why)
{
	struct str lock = ARENA_JOIN(&b->arena, b->data_dir, STR("/lock"));

	if (mkdir(b->data_dir.ptr, 0700) != 0 && errno != EEXIST) {
		*ret_why = "the data directory could not be made";
		return err_from_errno(errno);
	}
	b->lock_fd = open(lock.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (b->lock_fd < 0) {
		*ret_why = "the file lock in the data directory could not be opened";
		return err_from_errno(errno);
	}
	if (flock(b->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		*ret_why = "another process works on the data directory";
		return ERR_BUSY;
	}
	return OK;
}

/* Makes the file ourselves, for its mode: SQLite gives its side files the same. */
static enum err look_at_file(struct sqlite *b, int *ret_version, const char **ret_why)
{
	int fd = open(b->path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e;

	if (fd < 0) {
		*ret_why = "parley.db in the data directory could not be opened";
		return err_from_errno(errno);
	}
	(void)close(fd);
	e = folder_sync(AT_FDCWD, b->data_dir.ptr);
	if (!e)
		e = schema_look(b->path.ptr, ret_version);
	if (e == ERR_VERSION)
		*ret_why =
			"parley.db was written by a newer version of Parley; nothing was changed";
	else if (e == ERR_INVALID)
		*ret_why = "parley.db in the data directory is not a database of Parley";
	else if (e)
		*ret_why = "parley.db in the data directory could not be read";
	return e == ERR_INVALID ? ERR_IO : e;
}

/* parley.db.v<version>: the file as it was before the migration. One that stands there is of an
 * attempt that failed. */
static enum err keep_copy(struct sqlite *b, int version)
{
	struct str goal = arena_printf(&b->arena, "%s.v%d", b->path.ptr, version);
	struct str part = ARENA_JOIN(&b->arena, goal, STR(".part"));
	enum err e;

	if (unlink(part.ptr) != 0 && errno != ENOENT)
		return err_from_errno(errno);
	e = sqlite_copy(&b->db, part);
	if (!e && rename(part.ptr, goal.ptr) != 0)
		e = err_from_errno(errno);
	return e;
}

static enum err migrate(struct sqlite *b, const char **ret_why)
{
	sqlite3_stmt *q = NULL;
	int64_t version = 0;
	enum err e = db_err(sqlite3_prepare_v2(b->db.conn, "PRAGMA user_version", -1, &q, NULL));

	if (!e)
		e = db_run_int(q, &version);
	(void)sqlite3_finalize(q);
	if (e || version == SCHEMA_VERSION)
		return e;
	if (version < 0 || version > SCHEMA_VERSION)
		return ERR_VERSION; /* only through a WAL that a newer version left behind */
	if (version > 0)
		e = keep_copy(b, (int)version);
	if (e) {
		*ret_why = "no copy of parley.db could be made before its migration";
		return e;
	}
	e = schema_migrate(&b->db, (int)version);
	/* So that the version stands in the file itself, where schema_look reads it. */
	if (!e)
		e = db_exec(&b->db, "PRAGMA wal_checkpoint(TRUNCATE)");
	if (e)
		return e;
	if (version > 0)
		log_info(NULL, "store migrated; the copy of before is beside it",
			 F_INT("from", version), F_INT("version", SCHEMA_VERSION));
	return OK;
}

static enum err read_peer_key(struct sqlite *b)
{
	sqlite3_stmt *q = db_stmt(&b->db, STMT_META_GET);
	bool has_row;
	enum err e;

	if (q)
		(void)sqlite3_bind_text(q, 1, "peer_hash", -1, SQLITE_STATIC);
	e = db_step(q, &has_row);
	if (e)
		return e;
	if (!has_row || db_str(q, 0).len != sizeof(b->peer_key))
		e = ERR_IO;
	else
		memcpy(&b->peer_key, db_str(q, 0).ptr, sizeof(b->peer_key));
	db_end(q);
	return e;
}

static enum err drop_old_sessions(struct sqlite *b)
{
	sqlite3_stmt *q = db_stmt(&b->db, STMT_SESSION_DROP_OLD);

	db_bind_int(q, 1, wall_now() - SESSION_KEPT_USEC);
	return db_run(q);
}

static enum err open_all(struct sqlite *b, size_t young_limit, const char **ret_why)
{
	int version;
	enum err e = lock_dir(b, ret_why);

	if (!e)
		e = look_at_file(b, &version, ret_why);
	if (e)
		return e;
	*ret_why = "parley.db in the data directory could not be opened as a database";
	e = db_init(&b->db, b->path.ptr, wal_vfs(), writer_pragmas);
	if (!e)
		e = migrate(b, ret_why);
	if (!e)
		e = read_peer_key(b);
	if (!e)
		e = settle_init(&b->settle, &b->db, young_limit);
	b->first_body = b->settle.last_body;
	if (!e)
		search_files_init(&b->search, ARENA_JOIN(&b->arena, b->data_dir, STR("/search.db")),
				  sqlite_peer(b, STR("search.db")));
	return e ? e : drop_old_sessions(b);
}

static void sqlite_close(void *backend)
{
	struct sqlite *b = backend;

	if (!b)
		return;
	owners_done(&b->owners);
	settle_done(&b->settle);
	db_done(&b->db);
	search_files_done(&b->search);
	if (b->lock_fd >= 0)
		(void)close(b->lock_fd); /* lets go of the lock */
	arena_done(&b->arena);
	mem_free(b);
}

static enum err sqlite_open(const struct store_config *config, void **ret_backend,
			    const char **ret_why)
{
	struct sqlite *b = mem_zalloc(1, sizeof(*b));
	const char *why = "";
	enum err e;

	/* Its own count of memory costs a lock an allocation, and nobody asks for it. Refused,
	 * which is as well, when SQLite is in use already. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	arena_init(&b->arena, SIZE_MAX);
	b->lock_fd = -1;
	owners_init(&b->owners);
	b->data_dir = arena_dup(&b->arena, config->data_dir);
	b->path = ARENA_JOIN(&b->arena, b->data_dir, STR("/parley.db"));
	e = open_all(b, config->young_limit, &why);
	if (e) {
		*ret_why = why;
		sqlite_close(b);
		return e;
	}
	*ret_backend = b;
	return OK;
}

const struct store_backend sqlite_backend = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.apply = sqlite_apply,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.expire = sqlite_expire,
	.index_open = sqlite_index_open,
	.index_close = sqlite_index_close,
	.index_step = sqlite_index_step,
	.index_reset = sqlite_index_reset,
	.index_forget = sqlite_index_forget,
	.backup = sqlite_backup,
	.reader_open = sqlite_reader_open,
	.reader_close = sqlite_reader_close,
	.read = sqlite_read,
};
