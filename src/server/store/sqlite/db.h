/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the SQLite file, with its prepared statements; used by one thread at a time. */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <sqlite3.h>

enum stmt {
#define STMT(id, text) id,
#include "server/store/sqlite/stmt.def"
#undef STMT
	STMT_COUNT_OF
};

struct db {
	sqlite3 *conn;
	sqlite3_stmt *stmts[STMT_COUNT_OF]; /* made when first wanted */
};

/* Opens the file at path, which must exist, on a file layer (wal_vfs.h; NULL: SQLite's own).
 * pragmas: statements without results, run one by one; NULL ends them. On failure d is half-built:
 * db_done. */
must_check enum err db_init(struct db *d, const char *path, const char *vfs,
			    const char *const *pragmas);
void db_done(struct db *d);

/* What a result code of SQLite means. Out of memory ends the process. */
enum err db_err(int rc);

/* Runs one statement of ours that has no parameters. */
must_check enum err db_exec(struct db *d, const char *sql);

/* Runs one statement that takes a string. */
must_check enum err db_exec_str(struct db *d, const char *sql, struct str arg);

/* The prepared statement; NULL if it cannot be prepared: the calls below then fail with ERR_IO, so
 * no caller asks. */
sqlite3_stmt *db_stmt(struct db *d, enum stmt id);

/* Parameters, counted from 1. The bytes of s must stay until db_end; an unset s is the empty
 * string. */
void db_bind_int(sqlite3_stmt *q, int at, int64_t n);
void db_bind_str(sqlite3_stmt *q, int at, struct str s);

/* The next row. After false (there is none) and after an error q is ready for new parameters; after
 * the last row wanted call db_end. */
must_check enum err db_step(sqlite3_stmt *q, bool *ret_has_row);
void db_end(sqlite3_stmt *q);

/* Runs q to its end. */
must_check enum err db_run(sqlite3_stmt *q);

/* Runs q for one number; ERR_NOT_FOUND without a row. */
must_check enum err db_run_int(sqlite3_stmt *q, int64_t *ret_n);

/* A column of the row, counted from 0; borrowed until the next step. */
struct str db_str(sqlite3_stmt *q, int column);
