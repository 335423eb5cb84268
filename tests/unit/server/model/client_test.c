/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of an account: what a login notes, how many there are, and tokens under concurrency,
 * revocation and a failing disk. */
#include "support/unit.h"

#include "server/model/client.h"
#include "server/store/store.h"
#include "support/server/store/memory_store.h"

#include <stdio.h>

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
	struct client_login login;
	struct client_answer answer; /* the last one */
	char id[CLIENT_ID_LEN + 1];
	struct str space;
	unsigned rows;
	struct client client; /* of the last row; without its texts */
	char software[CLIENT_TEXT_MAX + 1], device[CLIENT_TEXT_MAX + 1];
};

static const struct str romeo = STR_INIT("romeo@example.org");
static const uint8_t key[SEAL_KEY] = { 1, 2, 3 };

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

static void create_romeo(struct fixture *f)
{
	accounts_create(f->accounts, romeo, STR("secret"), false, on_change, f);
}

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
	f->accounts = accounts_new(&(struct accounts_config){
		.loop = f->loop, .store = f->store, .pool = f->pool, .token_key = key });
	list_init(&f->task.link);
	f->login = (struct client_login){ .owner = romeo,
					  .agent_id = STR("an id"),
					  .software = STR("Gajim"),
					  .device = STR("Laptop"),
					  .mechanism = STR("SCRAM-SHA-256"),
					  .way = CLIENT_BY_PASSWORD,
					  .token_life = USEC_PER_DAY };
	run(f, create_romeo, 1);
	assert_int_equal(f->err[0], OK);
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

static void on_login(void *arg, const struct client_answer *answer)
{
	struct fixture *f = arg;

	f->answer = *answer;
	on_change(f, answer->err);
}

static void log_in(struct fixture *f)
{
	client_log_in(f->accounts, &f->login, on_login, f);
}

static void log_in_twice(struct fixture *f)
{
	log_in(f);
	log_in(f);
}

static void set_password(struct fixture *f)
{
	accounts_set_password(f->accounts, romeo, STR("other"), on_change, f);
}

static void disable(struct fixture *f)
{
	accounts_set_disabled(f->accounts, romeo, true, on_change, f);
}

static void enable(struct fixture *f)
{
	accounts_set_disabled(f->accounts, romeo, false, on_change, f);
}

static void delete_romeo(struct fixture *f)
{
	accounts_delete(f->accounts, romeo, on_change, f);
}

static void remove_client(struct fixture *f)
{
	client_remove(f->accounts, romeo, str_from(f->id), on_change, f);
}

static void copy(char *to, struct str from)
{
	assert_true(from.len <= CLIENT_TEXT_MAX);
	memcpy(to, from.ptr, from.len);
	to[from.len] = '\0';
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct fixture *f = arg;

	f->rows = 0;
	for (const struct keyval_row *r = answer->rows; r; r = r->next) {
		if (!r->key.len) /* when the password was changed */
			continue;
		f->rows++;
		assert_int_equal(r->key.len, CLIENT_ID_LEN);
		copy(f->id, r->key);
		if (!str_eq(f->space, ACCOUNT_CLIENT_SPACE))
			continue;
		assert_int_equal(client_read(r->value, &f->client), OK);
		copy(f->software, f->client.software);
		copy(f->device, f->client.device);
	}
	on_change(f, answer->err);
}

static void read_rows(struct fixture *f)
{
	struct store_request request = { .kind = READ_KEYVAL, .owner = romeo, .space = f->space };

	store_read(f->store, &request, on_rows, f);
}

static unsigned rows(struct fixture *f, struct str space)
{
	f->space = space;
	run(f, read_rows, 1);
	return f->rows;
}

static enum err go(struct fixture *f)
{
	run(f, log_in, 1);
	return f->err[0];
}

/* From now on with the token that the last login gave. */
static void use_token(struct fixture *f)
{
	assert_true(f->answer.has_token);
	f->login.is_by_token = true;
	f->login.way = CLIENT_BY_TOKEN;
	f->login.wants_token = false;
	f->login.proof = (struct token_proof){ .kind = HT_NONE,
					       .binding = STR(""),
					       .count = TOKEN_COUNT_NONE };
	ht_initiator(str_from(f->answer.token), STR(""), f->login.proof.mac);
}

static void get_token(struct fixture *f)
{
	f->login.is_by_token = false;
	f->login.way = CLIENT_BY_PASSWORD;
	f->login.wants_token = true;
	f->login.wanted = HT_NONE;
	assert_int_equal(go(f), OK);
	use_token(f);
}

static void notes_logins(void **state)
{
	struct fixture *f = *state;
	usec_t before = wall_now();
	char id[CLIENT_ID_LEN + 1];

	assert_int_equal(go(f), OK);
	assert_false(f->answer.has_token);
	assert_int_equal(rows(f, ACCOUNT_TOKEN_SPACE), 0);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1);
	client_id(f->accounts, romeo, STR("an id"), id);
	assert_string_equal(f->id, id);
	assert_string_equal(f->software, "Gajim");
	assert_string_equal(f->device, "Laptop");
	assert_true(f->client.wall_first >= before && f->client.wall_first == f->client.wall_last);
	assert_int_equal(f->client.ways, CLIENT_BY_PASSWORD);

	before = f->client.wall_first;
	f->login.way = CLIENT_BY_CERTIFICATE;
	f->login.software = STR("Dino");
	f->login.device = STR("");
	assert_int_equal(go(f), OK);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1);
	assert_string_equal(f->software, "Dino");
	assert_string_equal(f->device, "Laptop"); /* a client that says less now does not forget */
	assert_int_equal(f->client.wall_first, before);
	assert_true(f->client.wall_last >= before);
	assert_int_equal(f->client.ways, CLIENT_BY_PASSWORD | CLIENT_BY_CERTIFICATE);
}

static void odd_texts(void **state)
{
	struct fixture *f = *state;
	char large[300];

	memset(large, 'x', sizeof(large));
	memcpy(large + CLIENT_TEXT_MAX - 1, "\xc3\xa4", 2);
	f->login.software = str_make(large, sizeof(large));
	f->login.device = STR("one\ntwo\x01\x7f");
	assert_int_equal(go(f), OK);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1);
	assert_int_equal(strlen(f->software), CLIENT_TEXT_MAX - 1);
	assert_string_equal(f->device, "onetwo");
}

static void there_are_not_too_many(void **state)
{
	struct fixture *f = *state;
	char id[16], first[CLIENT_ID_LEN + 1];

	f->login.wants_token = true;
	f->login.wanted = HT_NONE;
	for (unsigned i = 0; i < CLIENTS_MAX + 2; i++) {
		(void)snprintf(id, sizeof(id), "id %u", i);
		f->login.agent_id = str_from(id);
		assert_int_equal(go(f), OK);
		if (i == 2) { /* the first one comes again: it is not the oldest any more */
			f->login.agent_id = STR("id 0");
			assert_int_equal(go(f), OK);
		}
	}
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), CLIENTS_MAX);
	assert_int_equal(rows(f, ACCOUNT_TOKEN_SPACE), CLIENTS_MAX);
	client_id(f->accounts, romeo, STR("id 0"), first);
	memcpy(f->id, first, sizeof(first));
	run(f, remove_client, 1);
	assert_int_equal(f->err[0], ERR_DENIED);
	client_id(f->accounts, romeo, STR("id 1"), f->id);
	run(f, remove_client, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);
}

static void one_of_two_replays(void **state)
{
	struct fixture *f = *state;

	get_token(f);
	f->login.proof.count = 1;
	run(f, log_in_twice, 2);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(f->err[1], ERR_DENIED);
	f->login.proof.count = 2;
	assert_int_equal(go(f), OK);
}

static void revoked(void **state)
{
	struct fixture *f = *state;

	get_token(f);
	assert_int_equal(go(f), OK);
	run(f, set_password, 1);
	assert_int_equal(go(f), ERR_DENIED);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1); /* it stays known */

	get_token(f);
	run(f, disable, 1);
	assert_int_equal(go(f), ERR_DENIED);
	run(f, enable, 1);
	assert_int_equal(go(f), ERR_DENIED);

	/* It knows the password: that is all that is left to it. */
	get_token(f);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1);
	run(f, remove_client, 1);
	assert_int_equal(f->err[0], ERR_DENIED);
	assert_int_equal(go(f), ERR_DENIED);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 1);
	run(f, set_password, 1);
	run(f, remove_client, 1);
	assert_int_equal(f->err[0], OK);
	assert_int_equal(go(f), ERR_DENIED);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 0); /* who was refused is not noted */
	run(f, remove_client, 1);
	assert_int_equal(f->err[0], ERR_NOT_FOUND);

	get_token(f);
	f->login.is_invalidating = true;
	assert_int_equal(go(f), OK);
	assert_false(f->answer.has_token);
	assert_int_equal(go(f), ERR_DENIED);
	f->login.is_invalidating = false;

	get_token(f);
	run(f, delete_romeo, 1);
	assert_int_equal(go(f), ERR_DENIED);
	assert_int_equal(rows(f, ACCOUNT_TOKEN_SPACE), 0);
	f->login.is_by_token = false;
	assert_int_equal(go(f), ERR_DENIED);
	assert_int_equal(rows(f, ACCOUNT_CLIENT_SPACE), 0);
}

static void nobody(void **state)
{
	struct fixture *f = *state;

	get_token(f);
	f->login.agent_id = STR("another id");
	assert_int_equal(go(f), ERR_DENIED);
	f->login.agent_id = STR("an id");
	f->login.owner = STR("juliet@example.org");
	assert_int_equal(go(f), ERR_DENIED);
	f->login.owner = romeo;
	assert_int_equal(go(f), OK);
}

/* A short life makes every token due after half of it. */
static void renews(void **state)
{
	struct fixture *f = *state;
	struct client_login old;

	f->login.token_life = 1; /* usec: expires at once */
	get_token(f);
	assert_int_equal(go(f), ERR_CLOSED);

	f->login.token_life = USEC_PER_DAY;
	get_token(f);
	f->login.token_life = 2; /* of new ones: the one in use is due now */
	assert_int_equal(go(f), OK);
	assert_true(f->answer.has_token);
	old = f->login;
	f->login.token_life = USEC_PER_DAY;
	assert_int_equal(go(f), OK); /* the old one still */
	assert_false(f->answer.has_token);
	f->login = old;
	assert_int_equal(go(f), OK);
	assert_true(f->answer.has_token);
}

/* Readers keep working when the disk is full (but nothing is promised that is not kept). */
static void full_disk(void **state)
{
	struct fixture *f = *state;

	f->login.wants_token = true;
	f->login.wanted = HT_NONE;
	memory_store_fail_commit(f->memory, 1, ERR_NO_SPACE);
	assert_int_equal(go(f), OK);
	assert_false(f->answer.has_token);
	memory_store_fail_commit(f->memory, 0, OK);
	get_token(f);
	memory_store_fail_commit(f->memory, 1, ERR_NO_SPACE);
	assert_int_equal(go(f), OK);
	memory_store_fail_commit(f->memory, 1, ERR_NO_SPACE);
	f->login.is_invalidating = true;
	assert_int_equal(go(f), ERR_NO_SPACE);
	memory_store_fail_commit(f->memory, 0, OK);
	assert_int_equal(go(f), OK);
	assert_int_equal(go(f), ERR_DENIED);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

UNIT_TESTS(client, WITH_STORE(notes_logins), WITH_STORE(odd_texts),
	   WITH_STORE(there_are_not_too_many), WITH_STORE(one_of_two_replays), WITH_STORE(revoked),
	   WITH_STORE(nobody), WITH_STORE(renews), WITH_STORE(full_disk));
