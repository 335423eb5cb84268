/* SPDX-License-Identifier: Apache-2.0 */
/* What a txn holds after it was filled: copies, in order, counted. */
#include "server/store/txn.h"

#include "support/unit.h"

static void ops_are_copies_in_order(void **state)
{
	char owner[] = "anna@here", value[] = "v\0w";
	struct txn *t = txn_new();
	const struct txn_op *op;

	assert_true(txn_is_empty(NULL));
	assert_true(txn_is_empty(t));
	txn_put(t, str_from(owner), STR("s"), STR(""), str_make(value, 3));
	txn_delete(t, str_from(owner), STR("s"), STR_NONE);
	txn_counted(t, str_from(owner), UINT64_MAX, 7);
	memset(owner, 'x', sizeof(owner) - 1);
	memset(value, 'x', sizeof(value) - 1);
	assert_false(txn_is_empty(t));
	op = t->first;
	assert_int_equal(op->kind, TXN_PUT);
	assert_true(str_eq(op->owner, STR("anna@here")));
	assert_true(str_eq(op->value, STR("v\0w")));
	assert_true(str_is_set(op->key));
	op = op->next;
	assert_int_equal(op->kind, TXN_DELETE);
	assert_false(str_is_set(op->key));
	op = op->next;
	assert_int_equal(op->kind, TXN_COUNTED);
	assert_int_equal(op->h, 7);
	assert_null(op->next);
	assert_true(t->bytes >= 3 * strlen("anna@here"));
	txn_free(&t);
	assert_null(t);
	txn_free(&t);
}

static void a_second_entry_joins_the_append(void **state)
{
	struct archive_entry one = {
		.owner = STR("a"), .seq = 1, .peer = STR("b"), .flags = ARCHIVE_OUT
	};
	struct archive_entry two = {
		.owner = STR("b"), .seq = 9, .peer = STR("a"), .flags = ARCHIVE_IN
	};
	struct txn *t = txn_new();
	const struct txn_op *op;

	txn_put(t, STR("a"), STR("s"), STR("k"), STR("v"));
	txn_append(t, 5, STR("<m/>"), &one, 1);
	txn_append_entry(t, &two);
	op = t->first->next;
	assert_int_equal(op->kind, TXN_APPEND);
	assert_int_equal(op->wall_time, 5);
	assert_int_equal(op->entry_count, 2);
	assert_true(str_eq(op->entry[1].owner, STR("b")));
	assert_int_equal(op->entry[1].seq, 9);
	assert_ptr_not_equal(op->entry[1].owner.ptr, two.owner.ptr);
	txn_free(&t);
}

static void accounts_are_copied_whole(void **state)
{
	struct account account = { .owner = STR("a@x"), .wall_created = 3, .is_disabled = true };
	struct txn *t = txn_new();

	account.verifier[1].iterations = 4096;
	txn_account_put(t, &account, true);
	txn_account_put(t, &account, false);
	txn_account_delete(t, account.owner);
	assert_int_equal(t->first->kind, TXN_ACCOUNT_CREATE);
	assert_true(str_eq(t->first->account->owner, STR("a@x")));
	assert_ptr_not_equal(t->first->account->owner.ptr, account.owner.ptr);
	assert_int_equal(t->first->account->verifier[1].iterations, 4096);
	assert_int_equal(t->first->next->kind, TXN_ACCOUNT_PUT);
	assert_int_equal(t->first->next->next->kind, TXN_ACCOUNT_DELETE);
	txn_free(&t);
}

UNIT_TESTS(store_txn, cmocka_unit_test(ops_are_copies_in_order),
	   cmocka_unit_test(a_second_entry_joins_the_append),
	   cmocka_unit_test(accounts_are_copied_whole));
