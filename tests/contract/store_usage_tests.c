/* SPDX-License-Identifier: Apache-2.0 */
/* What every back end of the store must do: READ_USAGE. */
#include "contract/store_bed.h"

#include "base/mem.h"
#include "contract/store_suites.h"

#define ANNA STR("anna@here")
#define BELA STR("bela@here")

static enum err put_one(struct bed *b, struct str owner, struct str space, struct str key,
			struct str value)
{
	struct txn *t = txn_new();

	txn_put(t, owner, space, key, value);
	return bed_commit(b, t);
}

static void assert_space(const struct usage_row *row, const char *space, uint64_t count,
			 uint64_t bytes)
{
	assert_non_null(row);
	assert_str(row->space, space);
	assert_int_equal(row->count, count);
	assert_int_equal(row->bytes, bytes);
}

/* In as many steps as it takes. */
static void assert_archive_usage(struct bed *b, struct str owner, uint64_t messages, uint64_t bytes)
{
	struct store_request r = { .kind = READ_USAGE, .owner = owner };
	bool is_complete = false;

	for (unsigned steps = 0; !is_complete; steps++) {
		struct store_answer a = bed_read(b, &r);

		assert_ok(a.err);
		assert_true(steps < 100);
		assert_true(a.usage.messages <= messages && a.usage.bytes <= bytes);
		assert_true(a.is_complete || a.examined_seq > r.archive.after);
		messages -= a.usage.messages;
		bytes -= a.usage.bytes;
		r.archive.after = a.examined_seq;
		is_complete = a.is_complete;
		arena_done(&a.arena);
	}
	assert_int_equal(messages, 0);
	assert_int_equal(bytes, 0);
}

static void usage_is_of_one_owner(void **state)
{
	struct bed *b = *state;
	struct store_answer a =
		bed_read(b, &(struct store_request){ .kind = READ_USAGE, .owner = ANNA });

	assert_ok(a.err); /* of nobody */
	assert_true(a.is_complete);
	assert_int_equal(a.usage.messages, 0);
	assert_null(a.usage.spaces);
	arena_done(&a.arena);
	assert_ok(put_one(b, ANNA, STR("two"), STR("k"), STR("twelve bytes")));
	assert_ok(put_one(b, ANNA, STR("one"), STR("a"), STR("v")));
	assert_ok(put_one(b, ANNA, STR("one"), STR("bc"), str_make("\0\0", 2)));
	assert_ok(put_one(b, ANNA, STR("one"), STR("a"), STR("longer")));
	assert_ok(put_one(b, BELA, STR("one"), STR("k"), STR("not hers")));
	assert_ok(bed_commit(b, bed_message(ANNA, 5, BELA, 6, STR("<m>1</m>"))));
	assert_ok(bed_commit(b, bed_message(ANNA, 7, STR_NONE, 0, STR("<m>22</m>"))));
	a = bed_read(b, &(struct store_request){ .kind = READ_USAGE, .owner = ANNA });
	assert_ok(a.err);
	assert_space(a.usage.spaces, "one", 2, 1 + 6 + 2 + 2);
	assert_space(a.usage.spaces->next, "two", 1, 13);
	assert_null(a.usage.spaces->next->next);
	arena_done(&a.arena);
	assert_archive_usage(b, ANNA, 2, 8 + 9);
	assert_archive_usage(b, BELA, 1, 8);
}

static void usage_of_much_comes_in_steps(void **state)
{
	enum { MANY = USAGE_ENTRIES_MAX + 5 };
	struct bed *b = *state;
	struct txn **txns = mem_alloc(MANY * sizeof(struct txn *));
	enum err *errs = mem_alloc(MANY * sizeof(enum err));
	struct store_answer a;

	b->config.queue_limit = 2 * MANY;
	assert_ok(bed_reopen(b));
	for (unsigned i = 0; i < MANY; i++)
		txns[i] = bed_message(ANNA, i + 1, STR_NONE, 0, STR("<m/>"));
	bed_commit_all(b, txns, MANY, errs);
	for (unsigned i = 0; i < MANY; i++)
		assert_ok(errs[i]);
	assert_ok(put_one(b, ANNA, STR("s"), STR("k"), STR("v")));
	assert_archive_usage(b, ANNA, MANY, 4ULL * MANY);
	a = bed_read(b, &(struct store_request){
				.kind = READ_USAGE, .owner = ANNA, .archive.after = MANY - 1 });
	assert_int_equal(a.usage.messages, 1);
	assert_true(a.is_complete);
	assert_null(a.usage.spaces); /* they came with the first step */
	arena_done(&a.arena);
	mem_free(errs);
	mem_free(txns);
}

#define USAGE_TESTS(fixture)                                                                       \
	{                                                                                          \
		STORE_TEST(usage_is_of_one_owner, fixture),                                        \
			STORE_TEST(usage_of_much_comes_in_steps, fixture),                         \
	}

int run_usage_tests(void)
{
	const struct CMUnitTest memory[] = USAGE_TESTS(bed_memory);
	const struct CMUnitTest sqlite[] = USAGE_TESTS(bed_sqlite);
	const struct CMUnitTest young[] = { STORE_TEST(usage_is_of_one_owner, bed_young) };

	return cmocka_run_group_tests_name("usage on memory", memory, NULL, NULL) +
	       cmocka_run_group_tests_name("usage on sqlite", sqlite, NULL, NULL) +
	       cmocka_run_group_tests_name("usage on sqlite, settling", young, NULL, NULL);
}
