/* SPDX-License-Identifier: Apache-2.0 */
/* What every back end of the store must do: READ_SEARCH. And what only the index of SQLite has. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include "base/mem.h"
#include "server/store/archive.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define ANNA STR("anna@here")
#define BELA STR("bela@here")
#define ROOM STR("room@there")

/* ---- asking ---- */

static const struct query_view view = { .me = STR_INIT("anna@here") };

/* A search of owner for what would be typed. The arena keeps its strings. */
static struct store_request ask_for(struct arena *a, struct str owner, const char *text)
{
	struct store_request r = { .kind = READ_SEARCH, .owner = owner };
	struct query q;

	assert_ok(query_read(str_from(text), &view, a, &q));
	r.search.terms = q.terms;
	r.search.term_count = q.term_count;
	r.search.phrases = q.phrases;
	r.search.phrase_count = q.phrase_count;
	r.archive.max = 100;
	return r;
}

/* The seqs of an answer, with blanks between. */
static void assert_seqs(struct store_answer *a, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	assert_ok(a->err);
	for (const struct archive_row *row = a->messages; row; row = row->next)
		(void)sbuf_printf(&out, "%s%lld", out.len ? " " : "", (long long)row->seq);
	(void)sbuf_add_char(&out, 0);
	assert_string_equal(out.ptr, wanted);
	arena_done(&a->arena);
}

static void assert_found(struct bed *b, struct str owner, const char *text, const char *wanted)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;

	arena_init(&arena, MIB);
	r = ask_for(&arena, owner, text);
	a = bed_read(b, &r);
	assert_true(a.is_complete && !a.is_stale);
	assert_seqs(&a, wanted);
}

static void say(struct bed *b, struct str owner, int64_t seq, const char *body)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "<message type='chat' from='bela@here/r' to='anna@here'><body>%s</body>"
		       "</message>",
		       body);
	assert_ok(bed_commit(b, bed_message(owner, seq, STR_NONE, 0, str_from(text))));
}

/* ---- both back ends ---- */

static void what_is_committed_is_found(void **state)
{
	struct bed *b = *state;

	assert_found(b, ANNA, "rose", "");
	say(b, ANNA, 10, "a Rose");
	say(b, ANNA, 20, "a lily");
	say(b, ANNA, 30, "roses and a rosé");
	say(b, BELA, 15, "a rose of another");
	assert_found(b, ANNA, "rose", "10 30");
	assert_found(b, ANNA, "rose roses", "30");
	assert_found(b, ANNA, "a", "10 20 30");
	assert_found(b, ANNA, "\"a rose\"", "10 30");
	assert_found(b, ANNA, "\"rose a\"", "");
	assert_found(b, ANNA, "from:bela lily", "20");
	assert_found(b, BELA, "rose", "15");
	assert_found(b, ROOM, "rose", "");
}

static void both_sides_find_one_message(void **state)
{
	struct bed *b = *state;

	assert_ok(bed_commit(b, bed_message(ANNA, 5, BELA, 5,
					    STR("<message><body>one two</body></message>"))));
	assert_ok(bed_commit(b, bed_message(BELA, 6, ANNA, 7,
					    STR("<message><body>two three</body></message>"))));
	assert_found(b, ANNA, "two", "5 7");
	assert_found(b, BELA, "two", "5 6");
}

static void pages_go_both_ways(void **state)
{
	struct bed *b = *state;
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;

	arena_init(&arena, MIB);
	for (int i = 1; i <= 9; i++)
		say(b, ANNA, 10 * i, i % 3 ? "rose" : "lily");
	r = ask_for(&arena, ANNA, "rose");
	r.archive.max = 2;
	r.archive.want_count = true;
	a = bed_read(b, &r);
	assert_int_equal(a.count, 6);
	assert_false(a.is_complete);
	assert_seqs(&a, "10 20");
	r.archive.want_count = false;
	r.archive.after = 20;
	r.archive.must_exist = true;
	a = bed_read(b, &r);
	assert_seqs(&a, "40 50");
	r.archive.after = 50;
	a = bed_read(b, &r);
	assert_true(a.is_complete);
	assert_seqs(&a, "70 80");
	r.archive.after = 0;
	r.archive.is_backward = true;
	a = bed_read(b, &r);
	assert_false(a.is_complete);
	assert_seqs(&a, "70 80");
	r.archive.before = 20;
	a = bed_read(b, &r);
	assert_true(a.is_complete);
	assert_seqs(&a, "10");
	r.archive.before = 21;
	a = bed_read(b, &r);
	assert_err(a.err, ERR_NOT_FOUND);
	arena_done(&a.arena);
}

static void filters_hold(void **state)
{
	static const int64_t ids[] = { 20, 30, 40 };
	struct bed *b = *state;
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;

	arena_init(&arena, MIB);
	for (int i = 1; i <= 5; i++)
		say(b, ANNA, 10 * i, i == 3 ? "lily" : "rose");
	r = ask_for(&arena, ANNA, "rose");
	r.archive.wall_start = 15;
	r.archive.wall_end = 40;
	a = bed_read(b, &r);
	assert_seqs(&a, "20 40");
	r.archive.wall_start = r.archive.wall_end = 0;
	r.archive.visible = 40;
	a = bed_read(b, &r);
	assert_seqs(&a, "10 20 40");
	r.archive.ids = ids;
	r.archive.id_count = 3;
	a = bed_read(b, &r);
	assert_seqs(&a, "20 40");
	r = ask_for(&arena, ANNA, "rose");
	r.archive.with = BELA;
	a = bed_read(b, &r);
	assert_seqs(&a, "");
}

static void several_archives_are_one(void **state)
{
	static const struct str owners[] = { STR_INIT("anna@here"), STR_INIT("nobody@here"),
					     STR_INIT("room@there") };
	struct bed *b = *state;
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;

	arena_init(&arena, MIB);
	say(b, ANNA, 10, "rose");
	say(b, ROOM, 20, "rose");
	say(b, BELA, 25, "rose");
	say(b, ANNA, 30, "rose");
	say(b, ROOM, 30, "rose"); /* the same instant */
	r = ask_for(&arena, ANNA, "rose");
	r.search.owners = owners;
	r.search.owner_count = 3;
	a = bed_read(b, &r);
	assert_str(a.messages->owner, "anna@here");
	assert_str(a.messages->next->owner, "room@there");
	assert_seqs(&a, "10 20 30 30");
	r.archive.is_backward = true;
	r.archive.max = 3;
	a = bed_read(b, &r);
	assert_seqs(&a, "20 30 30");
}

/* So many that the index must ask for the owners. */
static void others_are_passed_over(void **state)
{
	enum { OTHERS = 1500 };
	static const struct str owners[] = { STR_INIT("a@x"),       STR_INIT("b@x"),
					     STR_INIT("c@x"),       STR_INIT("d@x"),
					     STR_INIT("anna@here"), STR_INIT("room@there") };
	static struct txn *txns[OTHERS];
	static enum err errs[OTHERS];
	struct bed *b = *state;
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;

	arena_init(&arena, MIB);
	say(b, ANNA, 10, "rose");
	for (int i = 0; i < OTHERS; i++)
		txns[i] = bed_message(BELA, 100 + i, STR_NONE, 0,
				      STR("<message><body>rose</body></message>"));
	bed_commit_all(b, txns, OTHERS, errs);
	say(b, ROOM, 50, "rose");
	say(b, ROOM, 2000, "rose");
	say(b, ANNA, 2001, "rose");
	r = ask_for(&arena, ANNA, "rose");
	r.search.owners = owners;
	r.search.owner_count = 6;
	r.archive.want_count = true;
	a = bed_read(b, &r);
	assert_int_equal(a.count, 4);
	assert_true(a.is_complete);
	assert_seqs(&a, "10 50 2000 2001");
}

static void what_goes_is_found_no_more(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();
	uint64_t removed;

	for (int i = 1; i <= 5; i++)
		say(b, ANNA, 10 * i, "rose");
	assert_ok(bed_commit(b, bed_message(ANNA, 60, BELA, 61,
					    STR("<message><body>rose</body></message>"))));
	assert_found(b, ANNA, "rose", "10 20 30 40 50 60");
	txn_blank(t, ANNA, 20, STR("<message><body>a stone for a rose</body></message>"));
	txn_remove(t, ANNA, 40, 40);
	txn_blank(t, BELA, 61, STR("<message/>"));
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "10 30 50");
	assert_found(b, BELA, "rose", "");
	assert_ok(bed_expire(b, ANNA, 15, &removed));
	assert_int_equal(removed, 1);
	assert_found(b, ANNA, "rose", "30 50");
	t = txn_new();
	txn_account_delete(t, ANNA);
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "");
	say(b, ANNA, 70, "rose");
	assert_found(b, ANNA, "rose", "70");
}

/* Taken away, and something else put into its place, in one commit. */
static void a_place_may_change_hands(void **state)
{
	struct bed *b = *state;
	struct txn *t =
		bed_message(ANNA, 20, STR_NONE, 0, STR("<message><body>lily</body></message>"));
	struct txn *gone = txn_new();
	struct txn *both[2] = { gone, t };
	enum err errs[2];

	say(b, ANNA, 20, "rose");
	assert_found(b, ANNA, "rose", "20");
	txn_remove(gone, ANNA, 20, 20);
	bed_commit_all(b, both, 2, errs);
	assert_ok(errs[0]);
	assert_ok(errs[1]);
	assert_found(b, ANNA, "lily", "20");
	assert_found(b, ANNA, "rose", "");
	say(b, ANNA, 21, "rose");
	assert_found(b, ANNA, "rose", "21");
}

static void the_hidden_stays_hidden(void **state)
{
	struct bed *b = *state;
	struct archive_entry entry = {
		.owner = ANNA, .seq = 10, .peer = STR(""), .flags = ARCHIVE_IN | ARCHIVE_HIDDEN
	};
	struct txn *t = txn_new();

	txn_append(t, 10, STR("<message><body>rose</body></message>"), &entry, 1);
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "");
	t = txn_new();
	txn_remove_hidden(t, ANNA, 0, 100);
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "");
}

static void matches_have_neighbours(void **state)
{
	struct bed *b = *state;
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a;
	const struct archive_row *row;

	arena_init(&arena, MIB);
	for (int i = 1; i <= 6; i++)
		say(b, ANNA, 10 * i, i == 3 ? "lily" : "rose");
	r = ask_for(&arena, ANNA, "lily");
	r.search.context = 2;
	r.archive.visible = 40;
	a = bed_read(b, &r);
	assert_ok(a.err);
	row = a.messages;
	assert_int_equal(row->seq, 30);
	assert_int_equal(row->before->seq, 10);
	assert_int_equal(row->before->next->seq, 20);
	assert_null(row->before->next->next);
	assert_int_equal(row->after->seq, 40);
	assert_null(row->after->next);
	arena_done(&a.arena);
}

static void it_is_there_after_reopening(void **state)
{
	struct bed *b = *state;

	say(b, ANNA, 10, "rose");
	assert_found(b, ANNA, "rose", "10");
	say(b, ANNA, 20, "rose");
	assert_ok(bed_reopen(b));
	assert_found(b, ANNA, "rose", "10 20");
	say(b, ANNA, 30, "rose");
	assert_found(b, ANNA, "rose", "10 20 30");
}

/* ---- SQLite ---- */

static int64_t ask_file(struct bed *b, const char *name, const char *sql)
{
	char path[160];
	sqlite3 *conn;
	sqlite3_stmt *q;
	int64_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	assert_int_equal(sqlite3_open_v2(path, &conn, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(conn, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(conn);
	return n;
}

static struct store_answer status(struct bed *b)
{
	struct store_answer a = bed_read(b, &(struct store_request){ .kind = READ_SEARCH_STATUS });

	assert_ok(a.err);
	arena_done(&a.arena);
	return a;
}

static void the_newest_may_be_deleted_over_a_restart(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	say(b, ANNA, 10, "rose");
	say(b, ANNA, 20, "rose");
	assert_found(b, ANNA, "rose", "10 20");
	txn_remove(t, ANNA, 20, 20);
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "10");
	assert_ok(bed_reopen(b)); /* ids of bodies begin again behind the first */
	say(b, ANNA, 30, "rose");
	assert_found(b, ANNA, "rose", "10 30");
	assert_int_equal(status(b).search.entries, 2);
}

static void what_is_indexed_leaves_no_text(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	say(b, ANNA, 10, "rose");
	assert_found(b, ANNA, "rose", "10");
	txn_blank(t, ANNA, 10, STR("<message/>"));
	assert_ok(bed_commit(b, t));
	assert_found(b, ANNA, "rose", "");
	for (unsigned i = 0; i < 200; i++) {
		bed_close(b);
		if (!ask_file(b, "parley.db", "SELECT count(*) FROM gone"))
			break;
		assert_ok(bed_reopen(b));
		assert_found(b, ANNA, "rose", "");
		(void)usleep(20000);
	}
	assert_int_equal(ask_file(b, "parley.db", "SELECT count(*) FROM gone"), 0);
	assert_int_equal(ask_file(b, "search.db", "SELECT count(*) FROM doc"), 0);
}

static void overwrite(struct bed *b, size_t from, size_t len)
{
	char path[160], junk[4096];
	int fd;

	memset(junk, 0x5a, sizeof(junk));
	(void)snprintf(path, sizeof(path), "%s/search.db", b->dir);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	for (size_t at = 0; at < len; at += sizeof(junk))
		assert_int_equal(pwrite(fd, junk, sizeof(junk), (off_t)(from + at)), sizeof(junk));
	assert_int_equal(close(fd), 0);
}

static void a_damaged_index_is_made_anew(void **state)
{
	struct bed *b = *state;

	for (int i = 1; i <= 50; i++)
		say(b, ANNA, i, "rose");
	assert_found(b, ANNA, "rose from:bela a", "");
	assert_int_equal(status(b).search.entries, 50);
	bed_close(b);
	overwrite(b, 0, 8192);
	assert_ok(bed_reopen(b));
	say(b, ANNA, 60, "lily");
	assert_found(b, ANNA, "lily", "60");
	assert_int_equal(status(b).search.entries, 51);
}

static void it_can_be_made_anew_at_any_time(void **state)
{
	struct bed *b = *state;

	for (int i = 1; i <= 50; i++)
		say(b, ANNA, i, i % 25 ? "rose" : "lily");
	assert_found(b, ANNA, "lily", "25 50");
	assert_true(store_rebuild_search(b->store));
	assert_found(b, ANNA, "lily", "25 50");
	say(b, ANNA, 60, "lily");
	assert_found(b, ANNA, "lily", "25 50 60");
	assert_int_equal(status(b).search.entries, 51);
	assert_int_equal(status(b).search.waiting, 0);
}

static void an_older_store_gets_its_index(void **state)
{
	struct bed *b = *state;
	char path[160];

	assert_ok(bed_commit(b, bed_message(ANNA, 5, BELA, 6,
					    STR("<message><body>one</body></message>"))));
	assert_ok(bed_commit(b, bed_message(BELA, 7, STR_NONE, 0,
					    STR("<message><body>one</body></message>"))));
	bed_close(b);
	bed_sql(b, BED_VERSION_4
		"DROP TRIGGER body_blanked; DROP TRIGGER entry_gone; DROP TABLE gone;"
		"CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN SELECT 1; END;"
		"ALTER TABLE body DROP COLUMN owner_a; ALTER TABLE body DROP COLUMN seq_a;"
		"ALTER TABLE body DROP COLUMN owner_b; ALTER TABLE body DROP COLUMN seq_b;"
		"PRAGMA user_version = 3");
	(void)snprintf(path, sizeof(path), "%s/search.db", b->dir);
	(void)unlink(path);
	assert_ok(bed_reopen(b));
	assert_found(b, ANNA, "one", "5");
	assert_found(b, BELA, "one", "6 7");
}

/* ---- the same on both ---- */

enum { ROUNDS = 60, WORDS = 5 };

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* One change, the same for both. */
static struct txn *random_change(uint64_t *seed, int64_t seq)
{
	static const char *const words[WORDS] = { "rose", "lily", "会議", "rose lily",
						  "lily rose" };
	struct str owners[] = { ANNA, BELA, ROOM };
	unsigned kind = next_random(seed) % 10, who = next_random(seed) % 3;
	struct txn *t;
	char text[128];

	if (kind < 7) {
		(void)snprintf(text, sizeof(text), "<message><body>%s</body></message>",
			       words[next_random(seed) % WORDS]);
		return bed_message(owners[who], seq, kind ? STR_NONE : owners[(who + 1) % 3],
				   seq + (int64_t)(next_random(seed) % 3), str_from(text));
	}
	t = txn_new();
	if (kind < 9)
		txn_blank(t, owners[who], (int64_t)(next_random(seed) % (unsigned)(seq + 1)),
			  STR("<message/>"));
	else
		txn_remove(t, owners[who], seq / 2, seq / 2 + 3);
	return t;
}

static void compare(struct bed *one, struct bed *two, const char *text, struct str owner)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct store_request r;
	struct store_answer a, b;
	const struct archive_row *x, *y;

	arena_init(&arena, MIB);
	r = ask_for(&arena, owner, text);
	r.archive.want_count = true;
	r.archive.max = 7;
	a = bed_read(one, &r);
	b = bed_read(two, &r);
	assert_ok(a.err);
	assert_ok(b.err);
	assert_int_equal(a.count, b.count);
	for (x = a.messages, y = b.messages; x && y; x = x->next, y = y->next) {
		assert_int_equal(x->seq, y->seq);
		assert_true(str_eq(x->stanza, y->stanza));
	}
	assert_true(!x && !y);
	arena_done(&a.arena);
	arena_done(&b.arena);
}

static void both_find_the_same(void **state)
{
	static const char *const texts[] = { "rose", "\"lily rose\"", "会議", "lily" };
	struct bed *b = *state, *other;
	uint64_t one = 42, two = 42;
	void *memory;

	assert_int_equal(bed_memory(&memory), 0);
	other = memory;
	for (int64_t seq = 10; seq < 10 + 5 * ROUNDS; seq += 5) {
		enum err x = bed_commit(b, random_change(&one, seq));
		enum err y = bed_commit(other, random_change(&two, seq));

		assert_int_equal(x, y);
		for (unsigned i = 0; i < 4; i++)
			compare(b, other, texts[i], i % 2 ? ANNA : BELA);
	}
	assert_int_equal(bed_end(&memory), 0);
}

#define SEARCH_TESTS(fixture)                                                                      \
	{                                                                                          \
		STORE_TEST(what_is_committed_is_found, fixture),                                   \
			STORE_TEST(both_sides_find_one_message, fixture),                          \
			STORE_TEST(pages_go_both_ways, fixture),                                   \
			STORE_TEST(filters_hold, fixture),                                         \
			STORE_TEST(several_archives_are_one, fixture),                             \
			STORE_TEST(others_are_passed_over, fixture),                               \
			STORE_TEST(what_goes_is_found_no_more, fixture),                           \
			STORE_TEST(a_place_may_change_hands, fixture),                             \
			STORE_TEST(the_hidden_stays_hidden, fixture),                              \
			STORE_TEST(matches_have_neighbours, fixture),                              \
	}

int run_search_tests(void)
{
	const struct CMUnitTest memory[] = SEARCH_TESTS(bed_memory);
	const struct CMUnitTest sqlite[] = SEARCH_TESTS(bed_sqlite);
	const struct CMUnitTest young[] = SEARCH_TESTS(bed_young);
	const struct CMUnitTest index[] = {
		STORE_TEST(it_is_there_after_reopening, bed_sqlite),
		STORE_TEST(the_newest_may_be_deleted_over_a_restart, bed_sqlite),
		STORE_TEST(what_is_indexed_leaves_no_text, bed_sqlite),
		STORE_TEST(a_damaged_index_is_made_anew, bed_sqlite),
		STORE_TEST(it_can_be_made_anew_at_any_time, bed_sqlite),
		STORE_TEST(an_older_store_gets_its_index, bed_sqlite),
		STORE_TEST(both_find_the_same, bed_sqlite),
		STORE_TEST(both_find_the_same, bed_young),
		STORE_TEST(the_newest_may_be_deleted_over_a_restart, bed_young),
	};

	return cmocka_run_group_tests_name("searching on memory", memory, NULL, NULL) +
	       cmocka_run_group_tests_name("searching on sqlite", sqlite, NULL, NULL) +
	       cmocka_run_group_tests_name("searching on sqlite, settling", young, NULL, NULL) +
	       cmocka_run_group_tests_name("the index of sqlite", index, NULL, NULL);
}
