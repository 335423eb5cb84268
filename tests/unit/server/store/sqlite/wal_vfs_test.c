/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log behind the gathering layer: others see each commit whole and at once, large
 * and spilled ones too, and one that cannot be written fails and leaves nothing. */
#include "server/store/sqlite/wal_vfs.h"

#include "server/store/sqlite/db.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CACHE_PAGES = 10, BIG_BYTES = 3000 };

struct bed {
	char dir[40], path[60], log[70];
	struct db writer, reader;
};

static void set_up(struct bed *b)
{
	static const char *const writing[] = { "PRAGMA journal_mode = WAL",
					       "PRAGMA synchronous = FULL",
					       "PRAGMA cache_size = 10", NULL };
	static const char *const reading[] = { NULL };
	FILE *f;

	*b = (struct bed){ .dir = "/tmp/parley-wal-XXXXXX" };
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->path, sizeof(b->path), "%s/a.db", b->dir);
	(void)snprintf(b->log, sizeof(b->log), "%s-wal", b->path);
	f = fopen(b->path, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(wal_vfs());
	assert_int_equal(db_init(&b->writer, b->path, wal_vfs(), writing), OK);
	assert_int_equal(db_exec(&b->writer, "CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)"),
			 OK);
	assert_int_equal(db_init(&b->reader, b->path, NULL, reading), OK);
}

static void tear_down(struct bed *b)
{
	db_done(&b->reader);
	db_done(&b->writer);
	assert_int_equal(unlink(b->path), 0);
	assert_int_equal(rmdir(b->dir), 0); /* the last connection has taken the log away */
}

static int64_t number(struct db *d, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int64_t n = -1;

	assert_int_equal(sqlite3_prepare_v2(d->conn, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(db_run_int(q, &n), OK);
	(void)sqlite3_finalize(q);
	return n;
}

static enum err add(struct db *d, unsigned rows)
{
	char sql[200];

	(void)snprintf(
		sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
		"INSERT INTO t (x) SELECT randomblob(%d) FROM n",
		rows, BIG_BYTES);
	return db_exec(d, sql);
}

static int64_t rows(struct db *d)
{
	return number(d, "SELECT count(*) FROM t");
}

static void check(struct db *d)
{
	assert_int_equal(
		number(d,
		       "SELECT count(*) FROM pragma_integrity_check() WHERE integrity_check <> 'ok'"),
		0);
}

/* From one page to many times what is gathered and what the cache holds. */
static void commits_are_seen_at_once(void **state)
{
	static const unsigned sizes[] = { 1, 2, 30, 31, 32, 100, 1, 1000, 3 };
	struct bed b;
	int64_t sum = 0;

	set_up(&b);
	for (size_t i = 0; i < array_len(sizes); i++) {
		assert_int_equal(add(&b.writer, sizes[i]), OK);
		sum += sizes[i];
		assert_int_equal(rows(&b.reader), sum);
		assert_int_equal(rows(&b.writer), sum);
	}
	check(&b.reader);
	assert_int_equal(db_exec(&b.writer, "PRAGMA wal_checkpoint(TRUNCATE)"), OK);
	check(&b.reader);
	assert_int_equal(rows(&b.reader), sum);
	tear_down(&b);
}

/* Pages that the cache has spilled are read back, written again, and dropped with the transaction.
 */
static void spilled_pages_come_back(void **state)
{
	struct bed b;

	set_up(&b);
	assert_int_equal(add(&b.writer, 5), OK);
	assert_int_equal(db_exec(&b.writer, "BEGIN"), OK);
	assert_int_equal(add(&b.writer, 20 * CACHE_PAGES), OK);
	assert_int_equal(db_exec(&b.writer, "UPDATE t SET x = zeroblob(2000) WHERE id % 3 = 0"),
			 OK);
	assert_int_equal(number(&b.writer, "SELECT count(*) FROM t WHERE length(x) = 2000"), 68);
	assert_int_equal(rows(&b.reader), 5);
	assert_int_equal(db_exec(&b.writer, "ROLLBACK"), OK);
	assert_int_equal(rows(&b.writer), 5);
	assert_int_equal(add(&b.writer, 7), OK);
	assert_int_equal(rows(&b.reader), 12);
	check(&b.reader);
	tear_down(&b);
}

static void a_commit_that_cannot_be_written_fails_alone(void **state)
{
	struct rlimit before, small;
	struct stat st;
	struct bed b;

	set_up(&b);
	assert_int_equal(add(&b.writer, 3), OK);
	assert_int_equal(stat(b.log, &st), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = (rlim_t)st.st_size + 10000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_not_equal(add(&b.writer, 20), OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rows(&b.reader), 3);
	assert_int_equal(add(&b.writer, 2), OK);
	assert_int_equal(rows(&b.reader), 5);
	check(&b.reader);
	tear_down(&b);
}

/* Two small writes a page became few: the log grows in the file only when a commit ends. */
static void frames_wait_for_the_commit(void **state)
{
	struct stat before, after;
	struct bed b;

	set_up(&b);
	assert_int_equal(add(&b.writer, 50), OK);
	assert_int_equal(db_exec(&b.writer, "PRAGMA wal_checkpoint(TRUNCATE)"), OK);
	assert_int_equal(stat(b.log, &before), 0);
	assert_int_equal(db_exec(&b.writer, "BEGIN"), OK);
	assert_int_equal(add(&b.writer, CACHE_PAGES + 2),
			 OK); /* more than the cache, less than is gathered */
	assert_int_equal(stat(b.log, &after), 0);
	assert_int_equal(before.st_size, 0);
	assert_true(after.st_size < 4096); /* its header at most, no frame */
	assert_int_equal(db_exec(&b.writer, "COMMIT"), OK);
	assert_int_equal(stat(b.log, &after), 0);
	assert_true(after.st_size > CACHE_PAGES * 4096);
	tear_down(&b);
}

UNIT_TESTS(sqlite_wal_vfs, cmocka_unit_test(commits_are_seen_at_once),
	   cmocka_unit_test(spilled_pages_come_back),
	   cmocka_unit_test(a_commit_that_cannot_be_written_fails_alone),
	   cmocka_unit_test(frames_wait_for_the_commit));
