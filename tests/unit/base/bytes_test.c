/* SPDX-License-Identifier: Apache-2.0 */
/* Counted bytes, on two threads too. */
#include "base/bytes.h"
#include "support/unit.h"

#include <pthread.h>

static void copies_and_counts(void **state)
{
	char text[] = "a\0b";
	struct bytes *b = bytes_new(str_make(text, 3));

	text[0] = 'x';
	assert_true(str_eq(bytes_str(b), STR("a\0b")));
	assert_ptr_equal(bytes_ref(b), b);
	assert_int_equal(b->refs, 2);
	assert_null(bytes_unref(b));
	assert_int_equal(b->refs, 1);
	assert_true(str_eq(bytes_str(b), STR("a\0b")));
	assert_null(bytes_unref(b));
	assert_null(bytes_unref(NULL));
	assert_false(str_is_set(bytes_str(NULL)));
	b = bytes_new(STR_NONE);
	assert_int_equal(b->len, 0);
	(void)bytes_unref(b);
}

static void *count(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		(void)bytes_ref(arg);
		(void)bytes_unref(arg);
	}
	return NULL;
}

static void counts_on_two_threads(void **state)
{
	struct bytes *b = bytes_new(STR("x"));
	pthread_t other;

	assert_int_equal(pthread_create(&other, NULL, count, b), 0);
	(void)count(b);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(b->refs, 1);
	(void)bytes_unref(b);
}

UNIT_TESTS(base_bytes, cmocka_unit_test(copies_and_counts),
	   cmocka_unit_test(counts_on_two_threads));
