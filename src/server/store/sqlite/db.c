/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the SQLite file, see db.h. */
#include "server/store/sqlite/db.h"

static const char *const texts[STMT_COUNT_OF] = {
#define STMT(id, text) [id] = text,
#include "server/store/sqlite/stmt.def"
#undef STMT
};

enum err db_err(int rc)
{
	must(rc != SQLITE_IOERR_NOMEM);
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_FULL:
		return ERR_NO_SPACE;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_TOOBIG:
		return ERR_TOO_BIG;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return ERR_DENIED;
	case SQLITE_NOMEM:
		must(rc != SQLITE_NOMEM);
		return ERR_IO;
	default:
		return ERR_IO;
	}
}

enum err db_init(struct db *d, const char *path, const char *vfs, const char *const *pragmas)
{
	/* No mutex: a connection has one thread. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	enum err e;

	*d = (struct db){ .conn = NULL };
	e = db_err(sqlite3_open_v2(path, &d->conn, flags, vfs));
	if (e)
		return e;
	/* Only a checkpoint at the end of another connection can be in the way, and not for long.
	 */
	(void)sqlite3_busy_timeout(d->conn, 5000);
	(void)sqlite3_db_config(d->conn, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(d->conn, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(d->conn, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(d->conn, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	for (; *pragmas && !e; pragmas++)
		e = db_exec(d, *pragmas);
	return e;
}

void db_done(struct db *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < array_len(d->stmts); i++)
		(void)sqlite3_finalize(d->stmts[i]);
	(void)sqlite3_close(d->conn);
	*d = (struct db){ .conn = NULL };
}

enum err db_exec(struct db *d, const char *sql)
{
	return db_err(sqlite3_exec(d->conn, sql, NULL, NULL, NULL));
}

enum err db_exec_str(struct db *d, const char *sql, struct str arg)
{
	sqlite3_stmt *q = NULL;
	enum err e = db_err(sqlite3_prepare_v2(d->conn, sql, -1, &q, NULL));

	if (!e) {
		(void)sqlite3_bind_text(q, 1, arg.ptr, (int)arg.len, SQLITE_STATIC);
		e = db_run(q);
	}
	(void)sqlite3_finalize(q);
	return e;
}

sqlite3_stmt *db_stmt(struct db *d, enum stmt id)
{
	if (unlikely(!d->stmts[id]))
		(void)sqlite3_prepare_v3(d->conn, texts[id], -1, SQLITE_PREPARE_PERSISTENT,
					 &d->stmts[id], NULL);
	return d->stmts[id];
}

/* A bind that fails leaves NULL, which no column takes: db_step then reports it. */
void db_bind_int(sqlite3_stmt *q, int at, int64_t n)
{
	if (q)
		(void)sqlite3_bind_int64(q, at, n);
}

void db_bind_str(sqlite3_stmt *q, int at, struct str s)
{
	if (q)
		(void)sqlite3_bind_blob64(q, at, s.ptr ? s.ptr : "", s.len, SQLITE_STATIC);
}

enum err db_step(sqlite3_stmt *q, bool *ret_has_row)
{
	int rc = q ? sqlite3_step(q) : SQLITE_ERROR;

	if (rc == SQLITE_ROW) {
		*ret_has_row = true;
		return OK;
	}
	db_end(q);
	if (rc != SQLITE_DONE)
		return db_err(rc);
	*ret_has_row = false;
	return OK;
}

void db_end(sqlite3_stmt *q)
{
	if (!q)
		return;
	(void)sqlite3_reset(q); /* repeats the error of the step, which was looked at */
	(void)sqlite3_clear_bindings(q);
}

enum err db_run(sqlite3_stmt *q)
{
	bool has_row = true;
	enum err e = OK;

	while (!e && has_row)
		e = db_step(q, &has_row);
	return e;
}

enum err db_run_int(sqlite3_stmt *q, int64_t *ret_n)
{
	bool has_row = false;
	enum err e = db_step(q, &has_row);

	if (e)
		return e;
	if (!has_row)
		return ERR_NOT_FOUND;
	*ret_n = sqlite3_column_int64(q, 0);
	db_end(q);
	return OK;
}

struct str db_str(sqlite3_stmt *q, int column)
{
	const char *p = sqlite3_column_blob(q, column);

	return str_make(p ? p : "", (size_t)sqlite3_column_bytes(q, column));
}
