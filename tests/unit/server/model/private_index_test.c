/* SPDX-License-Identifier: Apache-2.0 */
/* model/private_index: what an account keeps in its private storage is counted exactly. */
#include "server/model/private_index.h"

#include "support/unit.h"

static void counts_names_and_texts(void **state)
{
	struct private_index *x = private_index_new();

	private_index_set(x, STR("{a}b"), 10);
	assert_int_equal(x->items.count, 1);
	assert_int_equal(x->bytes, 14);
	private_index_set(x, STR("{a}b"), 3); /* in the place of what was there */
	assert_int_equal(x->items.count, 1);
	assert_int_equal(x->bytes, 7);
	private_index_set(x, STR("{a}c"), 1);
	assert_int_equal(x->items.count, 2);
	assert_int_equal(x->bytes, 12);
	assert_true(private_index_has(x, STR("{a}c")));
	private_index_set(x, STR("{a}b"), 0);
	private_index_set(x, STR("{never}there"), 0);
	assert_false(private_index_has(x, STR("{a}b")));
	assert_int_equal(x->items.count, 1);
	assert_int_equal(x->bytes, 5);
	private_index_free(&x);
	assert_null(x);
}

static void foretells_changes(void **state)
{
	struct private_index *x = private_index_new();
	struct private_index_change c;

	private_index_set(x, STR("{a}b"), 10);
	c = private_index_change(x, STR("{a}b"), 20);
	assert_int_equal(c.old_items, 1);
	assert_int_equal(c.new_items, 1);
	assert_int_equal(c.old_bytes, 14);
	assert_int_equal(c.new_bytes, 24);
	c = private_index_change(x, STR("{a}c"), 20);
	assert_int_equal(c.old_items, 0);
	assert_int_equal(c.new_bytes, 24);
	c = private_index_change(x, STR("{a}b"), 0);
	assert_int_equal(c.new_items, 0);
	assert_int_equal(c.old_bytes, 14);
	private_index_free(&x);
}

static void reads_only_what_it_wrote(void **state)
{
	static const struct str bad[] = { STR_INIT(""), STR_INIT("0"), STR_INIT("-1"),
					  STR_INIT("12x") };
	struct private_index *x = private_index_new();

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(private_index_decode(x, STR("{a}b"), bad[i]), ERR_INVALID);
	assert_int_equal(x->items.count, 0);
	assert_int_equal(private_index_decode(x, STR("{a}b"), STR("12")), OK);
	assert_int_equal(x->bytes, 16);
	private_index_free(&x);
}

UNIT_TESTS(private_index, cmocka_unit_test(counts_names_and_texts),
	   cmocka_unit_test(foretells_changes), cmocka_unit_test(reads_only_what_it_wrote));
