/* SPDX-License-Identifier: Apache-2.0 */
/* Links for a new password: used once, not after their end, not by guessing. */
#include "support/unit.h"

#include "server/model/reset.h"
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
	unsigned count, waiting;
	bool is_done;
	enum err err[4];
	usec_t lifetime;
	char token[RESET_TOKEN_MAX + 1];
	struct str tried, password;
	struct account account;
};

static const struct str romeo = STR_INIT("romeo@example.org");
static const struct str domain = STR_INIT("example.org");

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
	f->lifetime = USEC_PER_HOUR;
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
	f->count = 0;
	f->is_done = false;
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

static void on_token(void *arg, enum err err, struct str token)
{
	struct fixture *f = arg;

	if (!err) {
		assert_true(token.len < sizeof(f->token));
		memcpy(f->token, token.ptr, token.len);
		f->token[token.len] = '\0';
	}
	on_change(arg, err);
}

static void on_reset(void *arg, enum err err, struct str owner)
{
	assert_true(err ? !owner.ptr : str_eq(owner, romeo));
	on_change(arg, err);
}

static void on_read(void *arg, struct store_answer *answer)
{
	struct fixture *f = arg;

	f->account = answer->account;
	on_change(f, answer->err);
}

static void create_romeo(struct fixture *f)
{
	accounts_create(f->accounts, romeo, STR("secret"), false, on_change, f);
}

static void make_link(struct fixture *f)
{
	reset_make(f->accounts, romeo, f->lifetime, on_token, f);
}

static void look(struct fixture *f)
{
	reset_check(f->accounts, domain, f->tried, on_reset, f);
}

static void use(struct fixture *f)
{
	reset_use(f->accounts, domain, f->tried, f->password, on_reset, f);
}

static void use_twice(struct fixture *f)
{
	use(f);
	use(f);
}

static void change_password(struct fixture *f)
{
	accounts_set_password(f->accounts, romeo, STR("third"), on_change, f);
}

static void disable(struct fixture *f)
{
	accounts_set_disabled(f->accounts, romeo, true, on_change, f);
}

static void delete_romeo(struct fixture *f)
{
	accounts_delete(f->accounts, romeo, on_change, f);
}

static void read_romeo(struct fixture *f)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = romeo };

	store_read(f->store, &request, on_read, f);
}

static bool is_password(struct fixture *f, struct str password)
{
	struct scram_verifier v;

	run(f, read_romeo, 1);
	assert_int_equal(f->err[0], OK);
	assert_true(account_verifier_get(&f->account, DIGEST_SHA256, &v));
	return scram_check_password(&v, password);
}

static enum err check(struct fixture *f, struct str token)
{
	f->tried = token;
	run(f, look, 1);
	return f->err[0];
}

static enum err try(struct fixture *f, struct str token, struct str password)
{
	f->tried = token;
	f->password = password;
	run(f, use, 1);
	return f->err[0];
}

static void start(struct fixture *f)
{
	run(f, create_romeo, 1);
	assert_int_equal(f->err[0], OK);
	run(f, make_link, 1);
	assert_int_equal(f->err[0], OK);
}

static void sets_a_password_once(void **state)
{
	struct fixture *f = *state;
	struct str token;

	start(f);
	token = str_from(f->token);
	assert_int_equal(check(f, token), OK);
	assert_int_equal(try(f, token, STR("")), ERR_INVALID);
	assert_int_equal(check(f, token), OK);
	assert_int_equal(try(f, token, STR("new one")), OK);
	assert_true(is_password(f, STR("new one")));
	assert_int_equal(check(f, token), ERR_DENIED);
	assert_int_equal(try(f, token, STR("newer")), ERR_DENIED);
	assert_true(is_password(f, STR("new one")));
}

static void two_at_once(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->tried = str_from(f->token);
	f->password = STR("new one");
	run(f, use_twice, 2);
	assert_true((f->err[0] == OK && f->err[1] == ERR_DENIED) ||
		    (f->err[1] == OK && f->err[0] == ERR_DENIED));
}

static void a_failed_commit_leaves_it_valid(void **state)
{
	struct fixture *f = *state;

	start(f);
	memory_store_fail_commit(f->memory, 1, ERR_NO_SPACE);
	assert_int_equal(try(f, str_from(f->token), STR("new one")), ERR_NO_SPACE);
	memory_store_fail_commit(f->memory, 0, OK);
	assert_true(is_password(f, STR("secret")));
	assert_int_equal(try(f, str_from(f->token), STR("new one")), OK);
}

static void refuses_what_is_no_token(void **state)
{
	static const char *const wrong[] = {
		"",
		"-",
		"abcdefghijklmnopqrstuvwxyz",
		"726f6d656f",
		"726f6d656f-",
		"726f6d656f-abcdefghijklmnopqrstuvwxyz",   /* romeo's, guessed */
		"6a756c696574-abcdefghijklmnopqrstuvwxyz", /* nobody's */
		"40-abcdefghijklmnopqrstuvwxyz",           /* "@" is no name */
		"7-abcdefghijklmnopqrstuvwxyz",
		"00-abcdefghijklmnopqrstuvwxyz",
	};
	struct fixture *f = *state;
	char large[2 * RESET_TOKEN_MAX];

	start(f);
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_int_equal(check(f, str_from(wrong[i])), ERR_DENIED);
		assert_int_equal(try(f, str_from(wrong[i]), STR("new one")), ERR_DENIED);
	}
	memset(large, '6', sizeof(large));
	assert_int_equal(check(f, str_make(large, sizeof(large))), ERR_DENIED);
	f->token[strlen(f->token) - 1] ^= 1;
	assert_int_equal(try(f, str_from(f->token), STR("new one")), ERR_DENIED);
	assert_true(is_password(f, STR("secret")));
}

static void ends(void **state)
{
	struct fixture *f = *state;
	char first[RESET_TOKEN_MAX + 1];

	start(f);
	memcpy(first, f->token, sizeof(first));
	run(f, make_link, 1);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(check(f, str_from(first)), ERR_DENIED); /* a new one takes its place */
	assert_int_equal(check(f, str_from(f->token)), OK);

	run(f, change_password, 1);
	assert_int_equal(check(f, str_from(f->token)), ERR_DENIED);

	run(f, make_link, 1);
	run(f, disable, 1);
	assert_int_equal(check(f, str_from(f->token)), ERR_DENIED);

	f->lifetime = 1;
	run(f, make_link, 1);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(try(f, str_from(f->token), STR("new one")), ERR_DENIED);

	run(f, delete_romeo, 1);
	assert_int_equal(check(f, str_from(f->token)), ERR_DENIED);
	run(f, make_link, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);
}

UNIT_TESTS(reset, cmocka_unit_test_setup_teardown(sets_a_password_once, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(two_at_once, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(a_failed_commit_leaves_it_valid, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(refuses_what_is_no_token, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(ends, set_up, tear_down));
