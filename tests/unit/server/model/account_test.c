/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: names, verifiers, and changes that do not undo each other. */
#include "support/unit.h"

#include "server/model/account.h"
#include "server/store/store.h"
#include "support/server/store/memory_store.h"

#define DEADLINE (30 * USEC_PER_SEC)

struct fixture {
	struct loop *loop;
	struct pool *pool;
	struct memory_store *memory;
	struct store *store;
	struct accounts *accounts;
	struct task task;
	void (*step)(struct fixture *f);
	unsigned waiting;
	bool is_done;
	enum err err[8];
	unsigned count;
	struct account account;
};

static int set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct pool_config pool = { .name = "test", .threads = 2, .queue_limit = 100 };
	struct store_config config;
	const char *why = "";

	assert_int_equal(loop_new(0, &f->loop), OK);
	assert_int_equal(pool_new(&pool, &f->pool), OK);
	f->memory = memory_store_new();
	config = memory_store_config(f->memory);
	assert_int_equal(store_open(&config, &f->store, &why), OK);
	f->accounts = accounts_new(
		&(struct accounts_config){ .loop = f->loop, .store = f->store, .pool = f->pool });
	list_init(&f->task.link);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	pool_free(&f->pool);
	accounts_free(&f->accounts);
	memory_store_free(&f->memory);
	loop_free(&f->loop);
	test_free(f);
	return 0;
}

static void on_task(struct task *t)
{
	struct fixture *f = container_of(t, struct fixture, task);

	f->step(f);
}

/* Runs step on the loop and waits until count answers have come. */
static void run(struct fixture *f, void (*step)(struct fixture *f), unsigned count)
{
	f->step = step;
	f->waiting = count;
	f->is_done = false;
	f->count = 0;
	f->task.fn = on_task;
	loop_task(f->loop, &f->task);
	loop_run_until(f->loop, &f->is_done, DEADLINE);
	assert_true(f->is_done);
}

static void on_change(void *arg, enum err err)
{
	struct fixture *f = arg;

	f->err[f->count++] = err;
	f->is_done = f->count == f->waiting;
}

static void on_read(void *arg, struct store_answer *answer)
{
	struct fixture *f = arg;

	f->account = answer->account;
	on_change(f, answer->err);
}

static const struct str romeo = STR_INIT("romeo@example.org");

static void on_imported(struct txn *t)
{
	on_change(t->arg, t->err);
	txn_free(&t);
}

static void create_romeo(struct fixture *f)
{
	accounts_create(f->accounts, romeo, STR("secret"), true, on_change, f);
}

static void read_romeo(struct fixture *f)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = romeo };

	store_read(f->store, &request, on_read, f);
}

static void change_much(struct fixture *f)
{
	accounts_set_disabled(f->accounts, romeo, true, on_change, f);
	accounts_set_password(f->accounts, romeo, STR("other"), on_change, f);
	accounts_set_admin(f->accounts, romeo, false, on_change, f);
}

static void delete_romeo(struct fixture *f)
{
	accounts_delete(f->accounts, romeo, on_change, f);
}

static void change_badly(struct fixture *f)
{
	static char large[SCRAM_PASSWORD_MAX + 1];

	memset(large, 'x', sizeof(large));
	accounts_create(f->accounts, romeo, STR(""), false, on_change, f);
	accounts_create(f->accounts, romeo, STR("a\x01"), false, on_change, f);
	accounts_create(f->accounts, romeo, str_make(large, sizeof(large)), false, on_change, f);
}

static bool is_password(struct fixture *f, struct str password)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };
	unsigned count = 0;

	for (size_t i = 0; i < array_len(kinds); i++) {
		struct scram_verifier v;

		assert_true(account_verifier_get(&f->account, kinds[i], &v));
		assert_int_equal(v.hash, kinds[i]);
		count += scram_check_password(&v, password);
	}
	assert_true(count == 0 || count == array_len(kinds));
	return count > 0;
}

static void creates_and_changes(void **state)
{
	struct fixture *f = *state;

	run(f, create_romeo, 1);
	assert_int_equal(f->err[0], OK);
	run(f, read_romeo, 1);
	assert_int_equal(f->err[0], OK);
	assert_true(f->account.is_admin);
	assert_false(f->account.is_disabled);
	assert_true(f->account.wall_created > 0);
	assert_true(is_password(f, STR("secret")));
	assert_false(is_password(f, STR("Secret")));

	run(f, create_romeo, 1);
	assert_int_equal(f->err[0], ERR_EXISTS);

	/* Three changes at once: each of them must be seen afterwards. */
	run(f, change_much, 3);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(f->err[1], OK);
	assert_int_equal(f->err[2], OK);
	run(f, read_romeo, 1);
	assert_true(f->account.is_disabled);
	assert_false(f->account.is_admin);
	assert_true(is_password(f, STR("other")));

	run(f, delete_romeo, 1);
	assert_int_equal(f->err[0], OK);
	run(f, read_romeo, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);
	run(f, delete_romeo, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);
	run(f, change_much, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(f->err[i], ERR_NOT_FOUND);
}

static void reserve_romeo(struct fixture *f)
{
	accounts_reserve(f->accounts, romeo, on_change, f);
	accounts_reserve(f->accounts, romeo, on_change, f);
	accounts_create(f->accounts, romeo, STR("secret"), true, on_change, f);
}

static void release_romeo(struct fixture *f)
{
	accounts_release(f->accounts, romeo);
	accounts_release(f->accounts, romeo);
	create_romeo(f);
}

static void keeps_a_name_for_an_import(void **state)
{
	struct fixture *f = *state;

	run(f, reserve_romeo, 3);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(f->err[1], ERR_EXISTS);
	assert_int_equal(f->err[2], ERR_EXISTS);
	run(f, read_romeo, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);
	run(f, release_romeo, 1);
	assert_int_equal(f->err[0], OK);
	run(f, reserve_romeo, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(f->err[i], ERR_EXISTS);
}

static struct scram_verifier known, fresh;

static void add_verifier(struct fixture *f)
{
	accounts_add_verifiers(f->accounts, romeo, &known, &fresh, 1, on_change, f);
}

/* What came with an import: one verifier of "secret", SHA-1. */
static void import_romeo(struct fixture *f)
{
	struct account account = { .owner = romeo, .wall_created = 1 };
	struct account all = { 0 };
	struct txn *t = txn_new();

	assert_int_equal(account_set_verifiers(&all, STR("secret")), OK);
	account.verifier[SCRAM_KIND_SHA1] = all.verifier[SCRAM_KIND_SHA1];
	txn_account_put(t, &account, true);
	t->done = on_imported;
	t->arg = f;
	store_commit(f->store, t);
}

static void adds_verifiers(void **state)
{
	struct fixture *f = *state;
	struct scram_verifier v;

	run(f, import_romeo, 1);
	assert_int_equal(f->err[0], OK);
	run(f, read_romeo, 1);
	assert_true(account_verifier_get(&f->account, DIGEST_SHA1, &known));
	assert_false(account_verifier_get(&f->account, DIGEST_SHA256, &v));
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA256, STR("secret"), &fresh), OK);
	run(f, add_verifier, 1);
	assert_int_equal(f->err[0], OK);
	run(f, read_romeo, 1);
	assert_true(account_verifier_get(&f->account, DIGEST_SHA256, &v));
	assert_true(scram_check_password(&v, STR("secret")));
	assert_true(account_verifier_get(&f->account, DIGEST_SHA1, &v));
	assert_memory_equal(v.stored_key, known.stored_key, digest_len(DIGEST_SHA1));

	/* One that is there is never replaced. */
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA256, STR("evil"), &fresh), OK);
	run(f, add_verifier, 1);
	run(f, read_romeo, 1);
	assert_true(account_verifier_get(&f->account, DIGEST_SHA256, &v));
	assert_true(scram_check_password(&v, STR("secret")));

	/* The password changed in between. */
	known.stored_key[0] ^= 1;
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA512, STR("secret"), &fresh), OK);
	run(f, add_verifier, 1);
	assert_int_equal(f->err[0], ERR_DENIED);
	run(f, read_romeo, 1);
	assert_false(account_verifier_get(&f->account, DIGEST_SHA512, &v));
}

static void tells_of_failures(void **state)
{
	struct fixture *f = *state;
	unsigned invalid = 0, big = 0;

	memory_store_fail_commit(f->memory, 1, ERR_IO);
	run(f, create_romeo, 1);
	assert_int_equal(f->err[0], ERR_IO);
	memory_store_fail_commit(f->memory, 0, OK);
	run(f, change_badly, 3);
	for (unsigned i = 0; i < 3; i++) {
		invalid += f->err[i] == ERR_INVALID;
		big += f->err[i] == ERR_TOO_BIG;
	}
	assert_int_equal(invalid, 2);
	assert_int_equal(big, 1);
}

static void prepares_names(void **state)
{
	static const struct {
		const char *text, *owner;
		enum err err;
	} rows[] = {
		{ "Romeo", "romeo@example.org", OK },
		{ "romeo@EXAMPLE.org", "romeo@example.org", OK },
		{ "J\xc3\x9cL@example.org", "j\xc3\xbcl@example.org", OK },
		{ "romeo@other.example", NULL, ERR_NOT_FOUND },
		{ "romeo@example.org/x", NULL, ERR_INVALID },
		{ "romeo/x", NULL, ERR_INVALID },
		{ "ro meo", NULL, ERR_INVALID },
		{ "ro'meo", NULL, ERR_INVALID },
		{ "", NULL, ERR_INVALID },
		{ "@example.org", NULL, ERR_INVALID },
	};
	struct arena arena;

	arena_init(&arena, 64 * KIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct str owner = STR_NONE;

		assert_int_equal(account_owner_parse(&arena, str_from(rows[i].text),
						     STR("example.org"), &owner),
				 rows[i].err);
		assert_true(str_eq(owner, str_from(rows[i].owner)));
	}
	arena_done(&arena);
}

static void reads_retention(unused_arg void **state)
{
	static const char *const wrong[] = { "", "-1", "1d", "99999999999999999999", " 1" };
	usec_t keep = -2;

	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(account_retention_decode(str_from(wrong[i]), &keep), ERR_INVALID);
	assert_int_equal(keep, -2);
	assert_int_equal(account_retention_decode(STR("0"), &keep), OK);
	assert_int_equal(keep, ACCOUNT_KEEP_FOREVER);
	assert_int_equal(account_retention_decode(STR("86400000000"), &keep), OK);
	assert_int_equal(keep, USEC_PER_DAY);
}

UNIT_TESTS(account, cmocka_unit_test_setup_teardown(creates_and_changes, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(keeps_a_name_for_an_import, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(tells_of_failures, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(adds_verifiers, set_up, tear_down),
	   cmocka_unit_test(prepares_names), cmocka_unit_test(reads_retention));
