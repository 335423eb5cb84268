/* SPDX-License-Identifier: Apache-2.0 */
/* What only the SQLite back end has: its files and their modes, migrations, copies, and what lies
 * in the tables. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/store/blob.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANNA STR("anna@here")
#define BELA STR("bela@here")

static const char *path_of(struct bed *b, char buf[128], const char *name)
{
	(void)snprintf(buf, 128, "%s/%s", b->dir, name);
	return buf;
}

/* The number that sql gives on the file at path, looked at past the store. */
static int64_t ask_file(const char *path, const char *sql)
{
	sqlite3 *conn;
	sqlite3_stmt *q;
	int64_t n;

	assert_int_equal(sqlite3_open_v2(path, &conn, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(conn, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(conn);
	return n;
}

static int64_t ask(struct bed *b, const char *sql)
{
	char path[128];

	return ask_file(path_of(b, path, "parley.db"), sql);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *conn;

	assert_int_equal(sqlite3_open_v2(path, &conn, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(conn);
}

static void assert_mode(const char *path, unsigned mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static void files_are_private(void **state)
{
	struct bed *b = *state;
	const char *names[] = { "parley.db", "parley.db-wal", "parley.db-shm", "lock" };
	char path[128];

	assert_ok(bed_commit(b, bed_message(ANNA, 1, BELA, 1, STR("<m/>"))));
	assert_mode(b->dir, 0700);
	for (size_t i = 0; i < array_len(names); i++)
		assert_mode(path_of(b, path, names[i]), 0600);
}

/* All that anna has, and the error of asking for it. */
static enum err read_all(struct bed *b, unsigned *ret_rows)
{
	struct store_request request = { .kind = READ_ARCHIVE, .owner = ANNA };
	struct store_answer a;
	enum err e;

	request.archive.max = 1000;
	a = bed_read(b, &request);
	e = a.err;
	*ret_rows = 0;
	for (const struct archive_row *row = a.messages; !e && row; row = row->next)
		++*ret_rows;
	arena_done(&a.arena);
	return e;
}

/* A page that the disk does not give is an error of that answer: readers look at the file through a
 * map, where it is a signal. */
static void an_unreadable_page_is_an_error(void **state)
{
	enum { MESSAGES = 200, TEXT = 3000, KEPT = 64 * 1024 };
	struct bed *b = *state;
	char path[128], text[TEXT];
	unsigned rows;

	memset(text, 'x', sizeof(text));
	for (int i = 1; i <= MESSAGES; i++)
		assert_ok(bed_commit(b, bed_message(ANNA, i, STR_NONE, 0,
						    str_make(text, sizeof(text)))));
	b->config.readers = 1;
	assert_ok(bed_reopen(b)); /* all is in the file itself */
	/* But for one, so that the log says how large the file is. */
	assert_ok(bed_commit(b, bed_message(ANNA, MESSAGES + 1, STR_NONE, 0, STR("<m/>"))));
	assert_ok(read_all(b, &rows));
	assert_int_equal(rows, MESSAGES + 1);
	assert_int_equal(truncate(path_of(b, path, "parley.db"), KEPT), 0);
	for (int i = 0; i < 3; i++)
		assert_err(read_all(b, &rows), ERR_IO);
}

static void a_second_store_on_the_folder_is_refused(void **state)
{
	struct bed *b = *state;
	struct store *second = NULL;
	const char *why = NULL;

	assert_err(store_open(&b->config, &second, &why), ERR_BUSY);
	assert_null(second);
	assert_non_null(why);
	bed_close(b);
	assert_ok(store_open(&b->config, &second, &why));
	store_close(&second);
}

static void a_body_counts_its_entries(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	assert_ok(bed_commit(b, bed_message(ANNA, 1, BELA, 2, STR("<m/>"))));
	assert_int_equal(ask(b, "SELECT refs FROM body"), 2);
	assert_int_equal(ask(b, "SELECT count(*) FROM body WHERE owner_a <> 0 AND owner_b <> 0"),
			 1);
	txn_remove(t, ANNA, 1, 1);
	assert_ok(bed_commit(b, t));
	assert_int_equal(ask(b, "SELECT refs FROM body"), 1);
	t = txn_new();
	txn_remove(t, BELA, 2, 2);
	assert_ok(bed_commit(b, t));
	assert_int_equal(ask(b, "SELECT count(*) FROM body"), 0);
}

static void a_deleted_account_leaves_no_row(void **state)
{
	static const char *const tables[] = { "owner", "account", "verifier", "keyval",
					      "body",  "entry",   "session" };
	struct bed *b = *state;
	struct account account = { .owner = ANNA };
	struct txn *t = txn_new();
	char sql[64];

	account.verifier[0].iterations = 1;
	txn_account_put(t, &account, true);
	txn_put(t, ANNA, STR("s"), STR("k"), STR("v"));
	txn_counted(t, ANNA, 1, 1);
	assert_ok(bed_commit(b, t));
	assert_ok(bed_commit(b, bed_message(ANNA, 1, STR_NONE, 0, STR("<m/>"))));
	t = txn_new();
	txn_uncount(t, ANNA, 1); /* what is changed is not young any more */
	assert_ok(bed_commit(b, t));
	for (size_t i = 0; i < array_len(tables); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(ask(b, sql), 1);
	}
	assert_ok(bed_commit(b, bed_message(ANNA, 2, STR_NONE, 0, STR("<young/>"))));
	/* Every table there is stands in the list above, but what knows the file
	 * itself, and what waits for the index. */
	assert_int_equal(ask(b,
			     "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
			     "AND name NOT IN ('meta', 'sqlite_sequence', 'gone', 'young_state')"),
			 array_len(tables));
	t = txn_new();
	txn_account_delete(t, ANNA);
	assert_ok(bed_commit(b, t));
	for (size_t i = 0; i < array_len(tables); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(ask(b, sql), 0);
	}
	/* The number that the owner had is not remembered either. */
	assert_ok(bed_commit(b, bed_message(BELA, 1, STR_NONE, 0, STR("<b/>"))));
	assert_ok(bed_commit(b, bed_message(ANNA, 1, STR_NONE, 0, STR("<a/>"))));
	assert_int_equal(ask(b, "SELECT count(DISTINCT owner_a) FROM body"), 2);
}

/* An owner that came into being in a batch that was undone must not keep its number. */
static void an_undone_owner_is_forgotten(void **state)
{
	struct bed *b = *state;
	struct txn *t = bed_message(ANNA, 1, STR_NONE, 0, STR("<m/>"));

	assert_ok(bed_commit(b, t));
	t = txn_new();
	txn_put(t, BELA, STR("s"), STR("k"), STR("v"));
	txn_append(t, 1, STR("<m/>"),
		   &(struct archive_entry){ .owner = ANNA, .seq = 1, .peer = BELA }, 1);
	assert_err(bed_commit(b, t), ERR_EXISTS);
	assert_int_equal(ask(b, "SELECT count(*) FROM owner"), 1);
	t = txn_new();
	txn_put(t, STR("caro@here"), STR("s"), STR("k"), STR("v"));
	txn_put(t, BELA, STR("s"), STR("k"), STR("v"));
	assert_ok(bed_commit(b, t));
	assert_int_equal(ask(b, "SELECT count(DISTINCT owner) FROM keyval"), 2);
}

static void old_sessions_go_at_the_start(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();
	char path[128];

	txn_counted(t, ANNA, 1, 1);
	txn_counted(t, ANNA, 2, 1);
	assert_ok(bed_commit(b, t));
	bed_close(b);
	run_sql(path_of(b, path, "parley.db"),
		"UPDATE session SET wall_time = wall_time - 8 * 86400000000 WHERE id = 1");
	assert_ok(bed_reopen(b));
	assert_int_equal(ask(b, "SELECT sum(id) FROM session"), 2);
}

/* ---- versions ---- */

static char *read_whole(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	p = mem_alloc((size_t)st.st_size);
	assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
	(void)close(fd);
	*ret_len = (size_t)st.st_size;
	return p;
}

static void assert_refused(struct bed *b, enum err wanted)
{
	char path[128];
	size_t len_before, len_after;
	char *before = read_whole(path_of(b, path, "parley.db"), &len_before);
	const char *why = NULL;
	char *after;

	assert_err(store_open(&b->config, &b->store, &why), wanted);
	assert_non_null(why);
	after = read_whole(path, &len_after);
	assert_int_equal(len_after, len_before);
	assert_memory_equal(after, before, len_before);
	assert_int_equal(access(path_of(b, path, "parley.db-wal"), F_OK), -1);
	mem_free(before);
	mem_free(after);
}

static void a_newer_file_is_refused_untouched(void **state)
{
	struct bed *b = *state;
	char path[128];

	bed_close(b);
	run_sql(path_of(b, path, "parley.db"), "PRAGMA user_version = 6");
	assert_refused(b, ERR_VERSION);
}

static void what_is_not_ours_is_refused_untouched(void **state)
{
	struct bed *b = *state;
	char path[128];
	int fd;

	bed_close(b);
	run_sql(path_of(b, path, "parley.db"), "PRAGMA application_id = 1");
	assert_refused(b, ERR_IO);
	fd = open(path_of(b, path, "parley.db"), O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, "precious", 8), 8);
	(void)close(fd);
	assert_refused(b, ERR_IO);
}

static void an_older_file_is_copied_and_migrated(void **state)
{
	struct bed *b = *state;
	struct txn *t = bed_message(ANNA, 1, BELA, 2, STR("<m><body>x</body></m>"));
	struct store_answer a;
	char path[128];

	txn_counted(t, ANNA, 9, 33);
	assert_ok(bed_commit(b, t));
	bed_close(b);
	run_sql(path_of(b, path, "parley.db"), BED_VERSION_4
		"ALTER TABLE session DROP COLUMN wall_time;"
		"DROP TRIGGER body_blanked; DROP TRIGGER entry_gone; DROP TABLE gone;"
		"CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN SELECT 1; END;"
		"ALTER TABLE body DROP COLUMN owner_a; ALTER TABLE body DROP COLUMN seq_a;"
		"ALTER TABLE body DROP COLUMN owner_b; ALTER TABLE body DROP COLUMN seq_b;"
		"PRAGMA user_version = 1");
	assert_ok(bed_reopen(b));
	a = bed_read(b, &(struct store_request){ .kind = READ_SESSION, .session = 9 });
	assert_ok(a.err);
	assert_int_equal(a.session_h, 33);
	arena_done(&a.arena);
	assert_int_equal(ask(b, "PRAGMA user_version"), 5);
	/* What was said before may be shown, and is read. */
	assert_int_equal(ask(b, "SELECT count(*) FROM entry WHERE flags & 32 <> 0"), 2);
	assert_int_equal(ask(b, "SELECT count(*) FROM entry WHERE flags & 64 <> 0"), 0);
	assert_true(ask(b, "SELECT wall_time FROM session") > 1000000 * (int64_t)1600000000);
	path_of(b, path, "parley.db.v1");
	assert_mode(path, 0600);
	assert_int_equal(ask_file(path, "PRAGMA user_version"), 1);
	assert_int_equal(ask_file(path, "SELECT count(*) FROM entry"), 2);
	assert_int_equal(ask_file(path, "SELECT count(*) FROM pragma_table_info('session')"), 3);
	/* Only once. */
	assert_int_equal(unlink(path), 0);
	assert_ok(bed_reopen(b));
	assert_int_equal(access(path, F_OK), -1);
}

/* ---- copies ---- */

static void write_blob(struct bed *b, char id[BLOB_ID_LEN + 1])
{
	struct blob_store *blobs;
	struct blob_file f;
	char hash[BLOB_HASH_LEN + 1];

	random_token(id, BLOB_ID_LEN);
	assert_ok(blob_store_open(str_from(b->dir), &blobs));
	assert_ok(blob_create(blobs, str_from(id), &f));
	assert_ok(blob_write(&f, STR("picture")));
	assert_ok(blob_finish(blobs, &f, hash));
	blob_store_close(&blobs);
}

static void a_backup_can_be_opened(void **state)
{
	struct bed *b = *state;
	char id[BLOB_ID_LEN + 1], goal[80], path[128];
	struct store_answer a;

	(void)snprintf(goal, sizeof(goal), "%s/copy", b->root);
	assert_ok(bed_commit(b, bed_message(ANNA, 1, BELA, 2, STR("<m/>"))));
	write_blob(b, id);
	assert_ok(bed_backup(b, goal));
	assert_err(bed_backup(b, goal), ERR_EXISTS);
	assert_ok(bed_commit(b, bed_message(ANNA, 3, BELA, 4, STR("<later/>"))));
	assert_mode(goal, 0700);
	(void)snprintf(path, sizeof(path), "%s/blobs/%.2s/%s", goal, id, id);
	assert_mode(path, 0600);
	(void)snprintf(path, sizeof(path), "%s/parley.db", goal);
	assert_mode(path, 0600);
	b->config.data_dir = str_from(goal);
	assert_ok(bed_reopen(b));
	a = bed_read(b, &(struct store_request){ .kind = READ_ARCHIVE,
						 .owner = BELA,
						 .archive = { .max = 9, .with = ANNA } });
	assert_str(a.messages->stanza, "<m/>");
	assert_null(a.messages->next);
	arena_done(&a.arena);
}

static void a_backup_that_fails_leaves_nothing(void **state)
{
	struct bed *b = *state;
	char goal[80], path[160];
	FILE *ls;

	assert_err(bed_backup(b, ""), ERR_INVALID);
	(void)snprintf(goal, sizeof(goal), "%s/no/such/folder", b->root);
	assert_err(bed_backup(b, goal), ERR_NOT_FOUND);
	/* A goal that is there: the copy is made, cannot be moved, and is taken away again. */
	(void)snprintf(goal, sizeof(goal), "%s/copy", b->root);
	assert_int_equal(mkdir(goal, 0700), 0);
	assert_err(bed_backup(b, goal), ERR_EXISTS);
	assert_int_equal(rmdir(goal), 0);
	(void)snprintf(path, sizeof(path), "ls -A %s", b->root);
	ls = popen(path, "r");
	assert_non_null(ls);
	assert_non_null(fgets(path, sizeof(path), ls));
	assert_string_equal(path, "data\n");
	assert_null(fgets(path, sizeof(path), ls));
	(void)pclose(ls);
}

/* Writes that fail fail what is written then, and nothing else. */
static void a_failing_disk_is_survived(void **state)
{
	struct bed *b = *state;
	static char big[2000000];
	struct rlimit before, tight;
	struct txn *t = txn_new();
	enum err e;

	assert_ok(bed_commit(b, bed_message(ANNA, 1, BELA, 2, STR("<m/>"))));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 1000000;
	txn_put(t, ANNA, STR("s"), STR("f"), str_make(big, sizeof(big)));
	txn_put(t, STR("caro@here"), STR("s"), STR("f"), STR("new owner"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	e = bed_commit(b, t);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_err(e, ERR_IO);
	t = txn_new();
	txn_put(t, STR("caro@here"), STR("s"), STR("g"), STR("small"));
	assert_ok(bed_commit(b, t));
	assert_ok(bed_reopen(b));
	assert_int_equal(ask(b, "SELECT count(*) FROM keyval"), 1);
	assert_int_equal(ask(b, "SELECT sum(refs) FROM body"), 2);
	assert_int_equal(
		ask(b,
		    "SELECT count(*) FROM pragma_integrity_check() WHERE integrity_check = 'ok'"),
		1);
}

static struct txn *rose(int64_t seq)
{
	return bed_message(ANNA, seq, STR_NONE, 0, STR("<message><body>rose</body></message>"));
}

static uint64_t indexed(struct bed *b)
{
	struct store_answer a = bed_read(b, &(struct store_request){ .kind = READ_SEARCH_STATUS });

	arena_done(&a.arena);
	return a.err ? 0 : a.search.entries; /* at first there is no file */
}

static void wait_for_index(struct bed *b, uint64_t entries)
{
	for (unsigned i = 0; i < 1500 && indexed(b) != entries; i++)
		(void)usleep(20000);
	assert_int_equal(indexed(b), entries);
}

/* The step waits for the index's file, with what it has read of the store in its hands. */
static void the_log_begins_anew_while_the_index_is_written(void **state)
{
	struct bed *b = *state;
	char path[128];
	sqlite3 *conn;

	assert_ok(bed_commit(b, rose(10)));
	wait_for_index(b, 1);
	assert_int_equal(sqlite3_open_v2(path_of(b, path, "search.db"), &conn,
					 SQLITE_OPEN_READWRITE, NULL),
			 SQLITE_OK);
	(void)sqlite3_busy_timeout(conn, 5000);
	assert_int_equal(sqlite3_exec(conn, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_ok(bed_commit(b, rose(20)));
	(void)usleep(1000000); /* commits are gathered for a quarter of that */
	assert_ok(bed_commit(b, rose(30)));
	assert_int_equal(ask(b, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	assert_int_equal(sqlite3_exec(conn, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(conn);
	wait_for_index(b, 3);
}

int run_sqlite_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(files_are_private, bed_sqlite),
		STORE_TEST(a_second_store_on_the_folder_is_refused, bed_sqlite),
		STORE_TEST(a_body_counts_its_entries, bed_sqlite),
		STORE_TEST(a_deleted_account_leaves_no_row, bed_sqlite),
		STORE_TEST(an_undone_owner_is_forgotten, bed_sqlite),
		STORE_TEST(old_sessions_go_at_the_start, bed_sqlite),
		STORE_TEST(a_newer_file_is_refused_untouched, bed_sqlite),
		STORE_TEST(what_is_not_ours_is_refused_untouched, bed_sqlite),
		STORE_TEST(an_older_file_is_copied_and_migrated, bed_sqlite),
		STORE_TEST(a_backup_can_be_opened, bed_sqlite),
		STORE_TEST(a_backup_that_fails_leaves_nothing, bed_sqlite),
		STORE_TEST(a_failing_disk_is_survived, bed_sqlite),
		STORE_TEST(the_log_begins_anew_while_the_index_is_written, bed_sqlite),
		STORE_TEST(an_unreadable_page_is_an_error, bed_sqlite),
	};

	return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
