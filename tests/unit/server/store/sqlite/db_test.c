/* SPDX-License-Identifier: Apache-2.0 */
/* What result codes of SQLite mean, and that every statement can be prepared on the tables that
 * there are. */
#include "server/store/sqlite/db.h"

#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/search_db.h"
#include "server/store/sqlite/young_table.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void codes_become_errors(void **state)
{
	static const struct {
		int rc;
		enum err err;
	} rows[] = {
		{ SQLITE_OK, OK },
		{ SQLITE_ROW, OK },
		{ SQLITE_DONE, OK },
		{ SQLITE_FULL, ERR_NO_SPACE },
		{ SQLITE_CONSTRAINT_PRIMARYKEY, ERR_EXISTS },
		{ SQLITE_CONSTRAINT_UNIQUE, ERR_EXISTS },
		{ SQLITE_IOERR_FSYNC, ERR_IO },
		{ SQLITE_IOERR_WRITE, ERR_IO },
		{ SQLITE_CORRUPT, ERR_IO },
		{ SQLITE_NOTADB, ERR_IO },
		{ SQLITE_BUSY_SNAPSHOT, ERR_BUSY },
		{ SQLITE_TOOBIG, ERR_TOO_BIG },
		{ SQLITE_READONLY, ERR_DENIED },
		{ SQLITE_MISUSE, ERR_IO },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(db_err(rows[i].rc), rows[i].err);
}

/* Of the store, or of the index beside it. */
static void every_statement_fits_the_tables(void **state)
{
	static const char *const pragmas[] = { NULL };
	char folder[] = "/tmp/parley-db-XXXXXX", path[sizeof(folder) + 16];
	struct search_files files = { 0 };
	struct db d, index;
	struct young_view view = { .step = 0 };
	struct young young;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/search.db", folder);
	assert_int_equal(db_init(&d, ":memory:", NULL, pragmas), OK);
	assert_int_equal(schema_migrate(&d, 0), OK);
	young_init(&young, 0);
	assert_int_equal(young_table_add(&d, &young, &view), OK);
	search_files_init(&files, str_from(path), 1);
	assert_int_equal(search_db_open(&files, &index), OK);
	for (unsigned id = 0; id < STMT_COUNT_OF; id++) {
		if (!db_stmt(&d, id) && !db_stmt(&index, id))
			fail_msg("%s: %s", sqlite3_errmsg(d.conn), "a statement of stmt.def");
	}
	db_done(&d);
	db_done(&index);
	search_files_done(&files);
	young_done(&young);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Whether the plan of a statement has a step with these words. */
static bool has_step(struct db *d, enum stmt id, const char *words)
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(db_stmt(d, id)));
	sqlite3_stmt *q = NULL;
	bool is_found = false;

	assert_int_equal(sqlite3_prepare_v2(d->conn, sql, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		is_found |= strstr((const char *)sqlite3_column_text(q, 3), words) != NULL;
	(void)sqlite3_finalize(q);
	sqlite3_free(sql);
	return is_found;
}

/* The table and the young entries are merged as they come. */
static void pages_are_not_sorted(void **state)
{
	static const char *const pragmas[] = { NULL };
	static const enum stmt pages[] = { STMT_PAGE_UP,   STMT_PAGE_DOWN,   STMT_PAGE_PEER_UP,
					   STMT_FIRST,     STMT_NEWEST,      STMT_PAGE_PEER_DOWN,
					   STMT_LAST,      STMT_TALK_NEWEST, STMT_TALK_TEXT,
					   STMT_ROOM_TEXT, STMT_ROOM_NEWEST, STMT_USAGE_ENTRIES,
					   STMT_DEDUP };
	struct young_view view = { .step = 0 };
	struct young young;
	struct db d;

	assert_int_equal(db_init(&d, ":memory:", NULL, pragmas), OK);
	assert_int_equal(schema_migrate(&d, 0), OK);
	young_init(&young, 0);
	assert_int_equal(young_table_add(&d, &young, &view), OK);
	for (size_t i = 0; i < array_len(pages); i++) {
		assert_true(has_step(&d, pages[i], "young VIRTUAL TABLE"));
		if (has_step(&d, pages[i], "TEMP B-TREE") || has_step(&d, pages[i], "MATERIALIZE"))
			fail_msg("%s: is sorted", sqlite3_sql(db_stmt(&d, pages[i])));
	}
	db_done(&d);
	young_done(&young);
}

static void what_cannot_be_prepared_is_an_error(void **state)
{
	static const char *const pragmas[] = { NULL };
	struct db d;
	int64_t n;

	assert_int_equal(db_init(&d, ":memory:", NULL, pragmas), OK);
	db_bind_int(db_stmt(&d, STMT_OWNER_GET), 1, 1);
	assert_int_equal(db_run_int(db_stmt(&d, STMT_OWNER_GET), &n), ERR_IO);
	db_done(&d);
	db_done(&d);
}

UNIT_TESTS(sqlite_db, cmocka_unit_test(codes_become_errors),
	   cmocka_unit_test(every_statement_fits_the_tables),
	   cmocka_unit_test(pages_are_not_sorted),
	   cmocka_unit_test(what_cannot_be_prepared_is_an_error));
