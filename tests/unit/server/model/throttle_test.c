/* SPDX-License-Identifier: Apache-2.0 */
/* model/throttle: wrong passwords and new accounts are counted. */
#include "server/model/throttle.h"

#include "support/unit.h"

#include <stdio.h>

#define HERE  STR("192.0.2.1")
#define THERE STR("192.0.2.2")

static void fail_often(struct throttle *t, struct str address, struct str account, int times)
{
	for (int i = 0; i < times; i++)
		throttle_failed(t, address, account);
}

/* Failures fade from the moment they are counted: one more than the limit is over it for a while.
 */
static void refuses_a_pair(void **state)
{
	struct throttle *t = throttle_new();

	assert_int_equal(throttle_check(t, HERE, STR("romeo")), THROTTLE_GO);
	fail_often(t, HERE, STR("romeo"), THROTTLE_PAIR_MAX - 1);
	assert_int_equal(throttle_check(t, HERE, STR("romeo")), THROTTLE_GO);
	fail_often(t, HERE, STR("romeo"), 2);
	assert_int_equal(throttle_check(t, HERE, STR("romeo")), THROTTLE_REFUSE);
	assert_int_equal(throttle_check(t, THERE, STR("romeo")),
			 THROTTLE_GO); /* he himself is not locked out */
	assert_int_equal(throttle_check(t, HERE, STR("juliet")), THROTTLE_GO);
	throttle_free(&t);
	assert_null(t);
	throttle_free(&t);
}

static void refuses_an_address(void **state)
{
	struct throttle *t = throttle_new();
	char name[16];

	for (int i = 0; i <= THROTTLE_ADDRESS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		throttle_failed(t, HERE, str_from(name));
	}
	assert_int_equal(throttle_check(t, HERE, STR("nobody")), THROTTLE_REFUSE);
	assert_int_equal(throttle_check(t, THERE, STR("nobody")), THROTTLE_GO);
	throttle_free(&t);
}

/* Many addresses make the answers of an account slow, but never lock it. */
static void slows_an_account(void **state)
{
	struct throttle *t = throttle_new();
	char address[24];

	for (int i = 0; i <= THROTTLE_ACCOUNT_MAX; i++) {
		(void)snprintf(address, sizeof(address), "198.51.100.%d", i);
		throttle_failed(t, str_from(address), STR("romeo"));
	}
	assert_int_equal(throttle_check(t, HERE, STR("romeo")), THROTTLE_GO);
	assert_int_equal(throttle_delay(t, STR("romeo")), THROTTLE_DELAY_USEC);
	assert_int_equal(throttle_delay(t, STR("juliet")), 0);
	throttle_free(&t);
}

static void counts_registrations(void **state)
{
	struct throttle *t = throttle_new();

	for (int i = 0; i < THROTTLE_REGISTER_MAX; i++)
		assert_int_equal(throttle_register(t, HERE), THROTTLE_GO);
	assert_int_equal(throttle_register(t, HERE), THROTTLE_REFUSE);
	assert_int_equal(throttle_register(t, HERE), THROTTLE_REFUSE);
	assert_int_equal(throttle_register(t, THERE), THROTTLE_GO);
	throttle_free(&t);
}

/* More names than the table has places, each with failures below the limit: nobody pays for others.
 */
static void a_flood_locks_out_nobody(void **state)
{
	struct throttle *t = throttle_new();
	char name[16], address[24];

	fail_often(t, HERE, STR("romeo"), THROTTLE_PAIR_MAX + 1);
	for (int i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		(void)snprintf(address, sizeof(address), "10.0.%d.%d", i / 10 / 256, i / 10 % 256);
		throttle_failed(t, str_from(address), str_from(name));
	}
	for (int i = 0; i < 100000; i += 10) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(throttle_check(t, THERE, str_from(name)), THROTTLE_GO);
		assert_int_equal(throttle_delay(t, str_from(name)), 0);
	}
	assert_int_equal(throttle_check(t, HERE, STR("romeo")),
			 THROTTLE_REFUSE); /* and who has many is kept */
	throttle_free(&t);
}

UNIT_TESTS(session_throttle, cmocka_unit_test(refuses_a_pair), cmocka_unit_test(refuses_an_address),
	   cmocka_unit_test(slows_an_account), cmocka_unit_test(counts_registrations),
	   cmocka_unit_test(a_flood_locks_out_nobody));
