/* SPDX-License-Identifier: Apache-2.0 */
/* What every back end of the store must do (server/store/store.h): one suite, run on the memory
 * double and on SQLite. */
#include "contract/store_bed.h"

#include "base/mem.h"
#include "contract/store_suites.h"

#include <stdio.h>
#include <unistd.h>

#define ANNA STR("anna@here")
#define BELA STR("bela@here")
#define CARO STR("caro@far")

/* ---- keyval ---- */

static struct store_answer read_keyval(struct bed *b, struct str owner, struct str space,
				       struct str key)
{
	struct store_request r = {
		.kind = READ_KEYVAL, .owner = owner, .space = space, .key = key
	};

	return bed_read(b, &r);
}

static void assert_value(struct bed *b, struct str owner, struct str space, struct str key,
			 struct str value)
{
	struct store_answer a = read_keyval(b, owner, space, key);

	assert_ok(a.err);
	assert_non_null(a.rows);
	assert_null(a.rows->next);
	assert_true(str_eq(a.rows->space, space));
	assert_true(str_eq(a.rows->key, key));
	assert_true(str_eq(a.rows->value, value));
	arena_done(&a.arena);
}

static unsigned count_rows(struct bed *b, struct str owner, struct str space)
{
	struct store_answer a = read_keyval(b, owner, space, STR_NONE);
	unsigned n = 0;

	assert_ok(a.err);
	for (const struct keyval_row *r = a.rows; r; r = r->next)
		n++;
	arena_done(&a.arena);
	return n;
}

static enum err put_one(struct bed *b, struct str owner, struct str space, struct str key,
			struct str value)
{
	struct txn *t = txn_new();

	txn_put(t, owner, space, key, value);
	return bed_commit(b, t);
}

static void keyval_puts_replaces_and_deletes(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	txn_put(t, ANNA, STR("roster"), STR("b"), STR("1"));
	txn_put(t, ANNA, STR("roster"), STR("a"), STR(""));
	txn_put(t, ANNA, STR("roster"), STR("b"), STR("2"));
	txn_put(t, ANNA, STR("vcard"), STR(""), STR("v"));
	txn_put(t, BELA, STR("roster"), STR("b"), STR("other"));
	assert_ok(bed_commit(b, t));
	assert_value(b, ANNA, STR("roster"), STR("b"), STR("2"));
	assert_value(b, ANNA, STR("roster"), STR("a"), STR(""));
	assert_value(b, ANNA, STR("vcard"), STR(""), STR("v"));
	assert_int_equal(count_rows(b, ANNA, STR("roster")), 2);

	t = txn_new();
	txn_delete(t, ANNA, STR("roster"), STR("b"));
	txn_delete(t, ANNA, STR("roster"), STR("nothing"));
	txn_delete(t, CARO, STR("roster"), STR_NONE);
	assert_ok(bed_commit(b, t));
	assert_int_equal(count_rows(b, ANNA, STR("roster")), 1);
	t = txn_new();
	txn_delete(t, ANNA, STR("roster"), STR_NONE);
	assert_ok(bed_commit(b, t));
	assert_int_equal(count_rows(b, ANNA, STR("roster")), 0);
	assert_int_equal(count_rows(b, ANNA, STR("vcard")), 1);
	assert_int_equal(count_rows(b, BELA, STR("roster")), 1);
	assert_int_equal(count_rows(b, CARO, STR("roster")), 0);
}

static void keyval_pages_by_key(void **state)
{
	struct bed *b = *state;
	struct store_request r = {
		.kind = READ_KEYVAL, .owner = ANNA, .space = STR("s"), .max = 3
	};
	struct txn *t = txn_new();
	unsigned seen = 0, pages = 0;
	char last[8] = "";
	bool has_more = true;

	for (int i = 6; i >= 0; i--) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%d", i);
		txn_put(t, ANNA, STR("s"), str_from(key), STR("v"));
	}
	assert_ok(bed_commit(b, t));
	while (has_more) {
		struct store_answer a = bed_read(b, &r);

		assert_ok(a.err);
		for (const struct keyval_row *row = a.rows; row; row = row->next, seen++) {
			assert_true(str_cmp(row->key, str_from(last)) > 0);
			(void)snprintf(last, sizeof(last), "%.*s", STR_ARG(row->key));
		}
		r.after_key = str_from(last);
		has_more = a.has_more;
		pages++;
		arena_done(&a.arena);
	}
	assert_int_equal(seen, 7);
	assert_int_equal(pages, 3);
}

static void keyval_gives_the_keys_that_are_asked_for(void **state)
{
	static const struct str keys[] = { STR_INIT("k5"), STR_INIT("none"), STR_INIT("k1") };
	struct bed *b = *state;
	struct store_request r = { .kind = READ_KEYVAL,
				   .owner = ANNA,
				   .space = STR("s"),
				   .keys = keys,
				   .key_count = array_len(keys) };
	struct txn *t = txn_new();
	struct store_answer a;

	for (int i = 6; i >= 0; i--) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%d", i);
		txn_put(t, ANNA, STR("s"), str_from(key), STR("v"));
	}
	txn_put(t, ANNA, STR("other"), STR("none"), STR("v"));
	assert_ok(bed_commit(b, t));
	a = bed_read(b, &r);
	assert_ok(a.err);
	assert_true(str_eq(a.rows->key, STR("k5")));
	assert_true(str_eq(a.rows->next->key, STR("k1")));
	assert_null(a.rows->next->next);
	arena_done(&a.arena);
}

static void hostile_strings_are_only_bytes(void **state)
{
	struct bed *b = *state;
	static char big[10000];
	const struct str bad[] = { STR("'; DROP TABLE keyval; --"),
				   STR("\"quo\"ted\""),
				   STR("a\0b"),
				   STR("a"),
				   STR("%_*?[]"),
				   STR("\xff\xfe\x80"),
				   STR(""),
				   str_make(big, sizeof(big)) };

	memset(big, '\'', sizeof(big));
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_ok(put_one(b, bad[i], bad[i], bad[i], bad[i]));
		assert_ok(put_one(b, ANNA, STR("bad"), bad[i], bad[i]));
		assert_ok(bed_commit(b, bed_message(bad[i], 7, STR_NONE, 0, bad[i])));
	}
	assert_int_equal(count_rows(b, ANNA, STR("bad")), array_len(bad));
	for (size_t i = 0; i < array_len(bad); i++) {
		struct store_request r = { .kind = READ_ARCHIVE,
					   .owner = bad[i],
					   .archive.max = 10 };
		struct store_answer a = bed_read(b, &r);

		assert_value(b, bad[i], bad[i], bad[i], bad[i]);
		assert_value(b, ANNA, STR("bad"), bad[i], bad[i]);
		assert_non_null(a.messages);
		assert_null(a.messages->next);
		assert_true(str_eq(a.messages->stanza, bad[i]));
		arena_done(&a.arena);
	}
}

/* ---- accounts ---- */

static struct account make_account(struct str owner)
{
	struct account a = { .owner = owner, .wall_created = 1234567, .is_admin = true };
	struct account_verifier *v = &a.verifier[SCRAM_KIND_SHA256];

	*v = (struct account_verifier){ .iterations = 4096, .salt_len = 16, .key_len = 32 };
	memset(v->salt, 0, 16);
	memset(v->stored_key, 0xfe, 32);
	memset(v->server_key, 0x27, 32);
	return a;
}

static enum err put_account(struct bed *b, const struct account *account, bool is_new)
{
	struct txn *t = txn_new();

	txn_account_put(t, account, is_new);
	return bed_commit(b, t);
}

static void account_comes_back_as_it_was(void **state)
{
	struct bed *b = *state;
	struct store_request r = { .kind = READ_ACCOUNT, .owner = ANNA };
	struct account account = make_account(ANNA);
	struct store_answer a = bed_read(b, &r);

	assert_err(a.err, ERR_NOT_FOUND);
	arena_done(&a.arena);
	assert_ok(put_account(b, &account, true));
	assert_err(put_account(b, &account, true), ERR_EXISTS);
	a = bed_read(b, &r);
	assert_ok(a.err);
	assert_true(str_eq(a.account.owner, ANNA));
	assert_int_equal(a.account.wall_created, 1234567);
	assert_true(a.account.is_admin);
	assert_false(a.account.is_disabled);
	assert_memory_equal(a.account.verifier, account.verifier, sizeof(account.verifier));
	arena_done(&a.arena);

	account.is_disabled = true;
	account.verifier[SCRAM_KIND_SHA256].iterations = 0;
	account.verifier[SCRAM_KIND_SHA1] =
		(struct account_verifier){ .iterations = 1, .salt_len = 1, .key_len = 20 };
	assert_ok(put_account(b, &account, false));
	a = bed_read(b, &r);
	assert_ok(a.err);
	assert_true(a.account.is_disabled);
	assert_int_equal(a.account.verifier[SCRAM_KIND_SHA256].iterations, 0);
	assert_int_equal(a.account.verifier[SCRAM_KIND_SHA1].key_len, 20);
	arena_done(&a.arena);
}

static void accounts_page_in_order(void **state)
{
	struct bed *b = *state;
	struct store_request r = { .kind = READ_ACCOUNTS, .max = 2 };
	const struct str names[] = { STR("d@x"), STR("a@x"), STR("c@x"), STR("b@x"), STR("e@x") };
	char last[8] = "";
	unsigned seen = 0;
	bool has_more = true;

	for (size_t i = 0; i < array_len(names); i++) {
		struct account account = make_account(names[i]);

		assert_ok(put_account(b, &account, true));
	}
	while (has_more) {
		struct store_answer a = bed_read(b, &r);

		assert_ok(a.err);
		for (unsigned i = 0; i < a.account_count; i++, seen++) {
			assert_int_equal(a.accounts[i].owner.ptr[0], 'a' + (int)seen);
			assert_int_equal(a.accounts[i].verifier[SCRAM_KIND_SHA256].iterations,
					 4096);
			(void)snprintf(last, sizeof(last), "%.*s", STR_ARG(a.accounts[i].owner));
		}
		r.after_key = str_from(last);
		has_more = a.has_more;
		arena_done(&a.arena);
	}
	assert_int_equal(seen, array_len(names));
}

/* In one batch or not: exactly one of them comes into being, and what comes with the others does
 * not. */
static void of_two_that_create_an_account_one_fails(void **state)
{
	struct bed *b = *state;
	struct account account = make_account(ANNA);
	struct txn *txns[20];
	enum err errs[20];

	for (unsigned i = 0; i < array_len(txns); i++) {
		txns[i] = txn_new();
		if (i % 3 == 1)
			txn_account_put(txns[i], &account, true);
		txn_put(txns[i], ANNA, STR("s"), str_make(&"abcdefghijklmnopqrst"[i], 1), STR("v"));
	}
	bed_commit_all(b, txns, array_len(txns), errs);
	for (unsigned i = 0; i < array_len(txns); i++)
		assert_err(errs[i], i % 3 == 1 && i > 1 ? ERR_EXISTS : OK);
	assert_int_equal(count_rows(b, ANNA, STR("s")), 14);
}

static void owner_comes_whole(void **state)
{
	struct bed *b = *state;
	const struct str spaces[] = { STR("one"), STR("two") };
	struct store_request r = {
		.kind = READ_OWNER, .owner = ANNA, .spaces = spaces, .space_count = 2
	};
	struct account account = make_account(ANNA);
	struct store_answer a = bed_read(b, &r);
	struct txn *t;

	assert_err(a.err, ERR_NOT_FOUND);
	assert_null(a.rows);
	arena_done(&a.arena);
	t = bed_message(ANNA, 77, BELA, 99, STR("<message/>"));
	txn_put(t, ANNA, STR("two"), STR("k"), STR("2"));
	txn_put(t, ANNA, STR("one"), STR("k"), STR("1"));
	txn_put(t, ANNA, STR("three"), STR("k"), STR("3"));
	assert_ok(bed_commit(b, t));
	/* A room: no account, but all the rest. */
	a = bed_read(b, &r);
	assert_err(a.err, ERR_NOT_FOUND);
	assert_int_equal(a.last_seq, 77);
	assert_str(a.rows->value, "1");
	arena_done(&a.arena);
	assert_ok(put_account(b, &account, true));
	a = bed_read(b, &r);
	assert_ok(a.err);
	assert_int_equal(a.account.wall_created, 1234567);
	assert_int_equal(a.last_seq, 77);
	assert_str(a.rows->value, "1");
	assert_str(a.rows->next->value, "2");
	assert_str(a.rows->next->space, "two");
	assert_null(a.rows->next->next);
	arena_done(&a.arena);
}

static void deleting_an_account_takes_what_is_its_own(void **state)
{
	struct bed *b = *state;
	struct store_request stats = { .kind = READ_STATS };
	struct account account = make_account(ANNA);
	struct txn *t = bed_message(ANNA, 10, BELA, 20, STR("<m/>"));
	struct store_answer a;

	txn_account_put(t, &account, true);
	txn_put(t, ANNA, STR("s"), STR("k"), STR("v"));
	txn_put(t, BELA, STR("s"), STR("k"), STR("v"));
	txn_counted(t, ANNA, 5, 1);
	assert_ok(bed_commit(b, t));
	assert_ok(bed_commit(b, bed_message(ANNA, 11, STR_NONE, 0, STR("<m/>"))));
	a = bed_read(b, &stats);
	assert_int_equal(a.stats.wall_newest, 11);
	arena_done(&a.arena);
	t = txn_new();
	txn_account_delete(t, ANNA);
	assert_ok(bed_commit(b, t));
	a = bed_read(b, &stats);
	assert_int_equal(a.stats.accounts, 0);
	assert_int_equal(a.stats.messages, 1);
	assert_int_equal(a.stats.entries, 1);
	assert_int_equal(a.stats.wall_newest, 10);
	arena_done(&a.arena);
	assert_int_equal(count_rows(b, ANNA, STR("s")), 0);
	assert_int_equal(count_rows(b, BELA, STR("s")), 1);
	a = bed_read(b, &(struct store_request){ .kind = READ_SESSION, .session = 5 });
	assert_err(a.err, ERR_NOT_FOUND);
	arena_done(&a.arena);
	t = txn_new();
	txn_account_delete(t, ANNA);
	assert_ok(bed_commit(b, t));
}

/* ---- sessions ---- */

static void assert_session(struct bed *b, uint64_t session, uint32_t h)
{
	struct store_answer a =
		bed_read(b, &(struct store_request){ .kind = READ_SESSION, .session = session });

	assert_ok(a.err);
	assert_true(str_eq(a.session_owner, ANNA));
	assert_int_equal(a.session_h, h);
	arena_done(&a.arena);
}

static void sessions_keep_their_last_count(void **state)
{
	struct bed *b = *state;
	struct txn *txns[50];
	enum err errs[50];
	struct store_answer a;
	struct txn *t;

	for (unsigned i = 0; i < array_len(txns); i++) {
		txns[i] = txn_new();
		txn_counted(txns[i], ANNA, UINT64_MAX - i % 7, i);
		if (i == 20)
			txn_session_end(txns[i], UINT64_MAX - 6);
		if (i == 48) /* the last of its session, in the same batch as those before it */
			txn_session_end(txns[i], UINT64_MAX - 48 % 7);
	}
	bed_commit_all(b, txns, array_len(txns), errs);
	for (unsigned i = 0; i < array_len(txns); i++)
		assert_ok(errs[i]);
	assert_session(b, UINT64_MAX, 49);
	assert_session(b, UINT64_MAX - 5, 47);
	a = bed_read(b, &(struct store_request){ .kind = READ_SESSION, .session = UINT64_MAX - 6 });
	assert_err(a.err, ERR_NOT_FOUND);
	arena_done(&a.arena);
	t = txn_new();
	txn_counted(t, ANNA, UINT64_MAX, UINT32_MAX);
	assert_ok(bed_commit(b, t));
	assert_session(b, UINT64_MAX, UINT32_MAX);
	assert_ok(bed_reopen(b));
	assert_session(b, UINT64_MAX, UINT32_MAX);
}

/* ---- the writer ---- */

static void many_are_answered_in_order(void **state)
{
	enum { MANY = 5000 };
	struct bed *b = *state;
	struct txn **txns = mem_alloc(MANY * sizeof(struct txn *));
	enum err *errs = mem_alloc(MANY * sizeof(enum err));

	for (unsigned i = 0; i < MANY; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "%u", i);
		txns[i] = txn_new();
		if (i % 10) /* an empty txn waits for its turn, too */
			txn_put(txns[i], ANNA, STR("s"), str_from(key), STR("v"));
	}
	bed_commit_all(b, txns, MANY, errs);
	for (unsigned i = 0; i < MANY; i++)
		assert_ok(errs[i]);
	assert_int_equal(count_rows(b, ANNA, STR("s")), MANY - MANY / 10);
	mem_free(errs);
	mem_free(txns);
}

/* A seq that is taken already fails its txn, whole, wherever in the batch it stands. */
static void a_bad_txn_fails_alone(void **state)
{
	struct bed *b = *state;

	for (int64_t bad = 0; bad < 5; bad++) {
		struct txn *txns[5];
		enum err errs[5];

		for (int64_t i = 0; i < 5; i++) {
			txns[i] = bed_message(ANNA, 100 * (bad + 1) + (i == bad ? 0 : i + 1), BELA,
					      100 * (bad + 1) + i, STR("<m/>"));
			txn_put(txns[i], ANNA, STR("s"), str_make(&"abcde"[i], 1), STR("v"));
		}
		assert_ok(bed_commit(b,
				     bed_message(ANNA, 100 * (bad + 1), STR_NONE, 0, STR("<m/>"))));
		bed_commit_all(b, txns, 5, errs);
		for (int64_t i = 0; i < 5; i++)
			assert_err(errs[i], i == bad ? ERR_EXISTS : OK);
		assert_int_equal(count_rows(b, ANNA, STR("s")), 4);
		txns[0] = txn_new();
		txn_delete(txns[0], ANNA, STR("s"), STR_NONE);
		assert_ok(bed_commit(b, txns[0]));
	}
}

static void a_full_queue_is_an_answer_in_order(void **state)
{
	struct bed *b = *state;
	struct txn *txns[300];
	enum err errs[300];
	unsigned refused = 0;

	b->config.queue_limit = 3;
	b->config.batch_limit = 2;
	assert_ok(bed_reopen(b));
	for (unsigned i = 0; i < array_len(txns); i++) {
		txns[i] = txn_new();
		txn_put(txns[i], ANNA, STR("s"), STR("k"), STR("v"));
	}
	bed_commit_all(b, txns, array_len(txns), errs);
	for (unsigned i = 0; i < array_len(txns); i++) {
		assert_true(errs[i] == OK || errs[i] == ERR_BUSY);
		refused += errs[i] == ERR_BUSY;
	}
	assert_true(refused > 0);
	assert_ok(errs[0]);
	assert_ok(put_one(b, ANNA, STR("s"), STR("k"), STR("again")));

	b->config.queue_limit = 1000;
	b->config.queue_bytes_limit = 10000;
	assert_ok(bed_reopen(b));
	txns[0] = txn_new();
	txn_put(txns[0], ANNA, STR("s"), STR("k"), str_make((char[10000]){ 0 }, 10000));
	assert_err(bed_commit(b, txns[0]), ERR_BUSY);
	assert_ok(put_one(b, ANNA, STR("s"), STR("k"), STR("small")));
}

static void everything_is_there_after_reopening(void **state)
{
	struct bed *b = *state;
	struct store_request r = { .kind = READ_ARCHIVE, .owner = BELA, .archive.max = 5 };
	struct account account = make_account(ANNA);
	struct store_answer a;

	assert_ok(put_account(b, &account, true));
	assert_ok(put_one(b, ANNA, STR("s"), STR("k"), STR("v")));
	assert_ok(bed_commit(b, bed_message(ANNA, 1, BELA, 2, STR("<m/>"))));
	assert_ok(bed_reopen(b));
	assert_value(b, ANNA, STR("s"), STR("k"), STR("v"));
	assert_err(put_account(b, &account, true), ERR_EXISTS);
	r.archive.with = ANNA;
	a = bed_read(b, &r);
	assert_str(a.messages->stanza, "<m/>");
	arena_done(&a.arena);
}

#define STORE_TESTS(fixture)                                                                       \
	{                                                                                          \
		STORE_TEST(keyval_puts_replaces_and_deletes, fixture),                             \
			STORE_TEST(keyval_pages_by_key, fixture),                                  \
			STORE_TEST(keyval_gives_the_keys_that_are_asked_for, fixture),             \
			STORE_TEST(hostile_strings_are_only_bytes, fixture),                       \
			STORE_TEST(account_comes_back_as_it_was, fixture),                         \
			STORE_TEST(accounts_page_in_order, fixture),                               \
			STORE_TEST(of_two_that_create_an_account_one_fails, fixture),              \
			STORE_TEST(owner_comes_whole, fixture),                                    \
			STORE_TEST(deleting_an_account_takes_what_is_its_own, fixture),            \
			STORE_TEST(sessions_keep_their_last_count, fixture),                       \
			STORE_TEST(many_are_answered_in_order, fixture),                           \
			STORE_TEST(a_bad_txn_fails_alone, fixture),                                \
			STORE_TEST(a_full_queue_is_an_answer_in_order, fixture),                   \
			STORE_TEST(everything_is_there_after_reopening, fixture),                  \
	}

/* store_contract [FILTER]: only tests whose names fit, "*" for anything. */
int main(int argc, char **argv)
{
	const struct CMUnitTest memory[] = STORE_TESTS(bed_memory);
	const struct CMUnitTest sqlite[] = STORE_TESTS(bed_sqlite);
	const struct CMUnitTest young[] = STORE_TESTS(bed_young);
	int failed;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	/* A store that hangs must not hang the build. */
	(void)alarm(600);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	failed = cmocka_run_group_tests_name("store on memory", memory, NULL, NULL);
	failed += cmocka_run_group_tests_name("store on sqlite", sqlite, NULL, NULL);
	failed += cmocka_run_group_tests_name("store on sqlite, settling", young, NULL, NULL);
	failed += run_archive_tests();
	failed += run_search_tests();
	failed += run_usage_tests();
	failed += run_talk_tests();
	failed += run_writer_tests();
	failed += run_sqlite_tests();
	failed += run_young_tests();
	return failed ? 1 : 0;
}
