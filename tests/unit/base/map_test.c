/* SPDX-License-Identifier: Apache-2.0 */
/* The hash map, beside a plain array. */
#include "base/map.h"
#include "base/random.h"
#include "support/unit.h"

#include <stdio.h>

enum { COUNT = 5000 };

static char keys[COUNT][8];

static struct str key_of(size_t i)
{
	(void)snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
	return str_from(keys[i]);
}

static void sets_and_gets(void **state)
{
	struct map m scoped(map_done);
	int one = 1, two = 2;

	map_init(&m);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_remove(&m, STR("a")));
	assert_null(map_set(&m, STR("a"), &one));
	assert_null(map_set(&m, STR(""), &two));
	assert_ptr_equal(map_get(&m, STR("a")), &one);
	assert_ptr_equal(map_get(&m, STR("")), &two);
	assert_ptr_equal(map_set(&m, STR("a"), &two), &one);
	assert_int_equal(m.count, 2);
	assert_ptr_equal(map_remove(&m, STR("a")), &two);
	assert_null(map_get(&m, STR("a")));
	assert_int_equal(m.count, 1);
}

/* Random sets and removes, beside a plain array. */
static void agrees_with_an_array(void **state)
{
	static bool has[COUNT];
	struct map m scoped(map_done);
	size_t count = 0, seen = 0, at = 0;

	random_seed_for_test(42);
	map_init(&m);
	memset(has, 0, sizeof(has));
	for (int step = 0; step < 60000; step++) {
		size_t i = (size_t)(random_u64() % COUNT);
		bool is_set = random_u64() % 5 < 3;
		void *old = is_set ? map_set(&m, key_of(i), keys[i]) : map_remove(&m, key_of(i));

		assert_ptr_equal(old, has[i] ? keys[i] : NULL);
		count += (size_t)is_set - (size_t)has[i];
		has[i] = is_set;
		assert_int_equal(m.count, count);
	}
	random_seed_for_test(0);
	for (size_t i = 0; i < COUNT; i++)
		assert_ptr_equal(map_get(&m, key_of(i)), has[i] ? keys[i] : NULL);
	while (map_next(&m, &at))
		seen++;
	assert_int_equal(seen, count);
	assert_true(m.cap <= 8 * COUNT);
}

static void keeps_small_under_churn(void **state)
{
	struct map m scoped(map_done);

	map_init(&m);
	for (size_t i = 0; i < 100000; i++) {
		(void)map_set(&m, key_of(i % COUNT), keys[i % COUNT]);
		(void)map_remove(&m, key_of(i % COUNT));
	}
	assert_int_equal(m.count, 0);
	assert_true(m.cap <= 16);
}

static void is_walked_while_removing(void **state)
{
	struct map m scoped(map_done);
	size_t at = 0, seen = 0;
	char *value;

	map_init(&m);
	for (size_t i = 0; i < 100; i++)
		(void)map_set(&m, key_of(i), keys[i]);
	while ((value = map_next(&m, &at))) {
		assert_ptr_equal(map_remove(&m, str_from(value)), value);
		seen++;
	}
	assert_int_equal(seen, 100);
	assert_int_equal(m.count, 0);
	map_done(NULL);
}

UNIT_TESTS(base_map, cmocka_unit_test(sets_and_gets), cmocka_unit_test(agrees_with_an_array),
	   cmocka_unit_test(keeps_small_under_churn), cmocka_unit_test(is_walked_while_removing));
