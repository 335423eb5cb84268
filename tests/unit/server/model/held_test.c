/* SPDX-License-Identifier: Apache-2.0 */
/* model/held: the rows of held accounts. */
#include "server/model/held.h"

#include "support/unit.h"

static void writes_two_rows(void **state)
{
	struct txn *t = txn_new();
	const struct txn_op *op;
	struct str invite;
	usec_t wall;

	(void)state;
	held_put(t, STR("localhost"), STR("tybalt@localhost"), STR("0123456789"), 77);
	op = t->first;
	assert_true(str_eq(op->owner, STR("tybalt@localhost")) && str_eq(op->space, HELD_SPACE));
	assert_int_equal(held_decode(op->value, &wall, &invite), OK);
	assert_true(wall == 77 && str_eq(invite, STR("0123456789")));
	op = op->next;
	assert_true(str_eq(op->owner, STR("localhost")) && str_eq(op->space, HELD_LIST_SPACE));
	assert_true(str_eq(op->key, STR("tybalt@localhost")));
	assert_null(op->next);
	assert_int_equal(held_decode(STR("x 0"), &wall, &invite), ERR_INVALID);
	assert_int_equal(held_decode(STR("77"), &wall, &invite), ERR_INVALID);
	txn_free(&t);
}

UNIT_TESTS(model_held, cmocka_unit_test(writes_two_rows));
