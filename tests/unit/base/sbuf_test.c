/* SPDX-License-Identifier: Apache-2.0 */
/* The growable buffer and its limit. */
#include "base/mem.h"
#include "base/sbuf.h"
#include "support/unit.h"

static void grows_to_the_limit(void **state)
{
	struct sbuf b scoped(sbuf_done) = SBUF(1000);

	for (int i = 0; i < 1000; i++)
		assert_int_equal(sbuf_add_char(&b, (char)('a' + i % 26)), OK);
	assert_int_equal(b.len, 1000);
	assert_true(b.cap <= 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(b.ptr[i], 'a' + i % 26);
	assert_int_equal(sbuf_add_char(&b, 'x'), ERR_TOO_BIG);
	assert_int_equal(b.len, 1000);
	assert_int_equal(b.err, ERR_TOO_BIG);
	assert_int_equal(sbuf_room(&b, SIZE_MAX), ERR_TOO_BIG);
	sbuf_reset(&b);
	assert_int_equal(b.err, OK);
	assert_int_equal(sbuf_lit(&b, "x"), OK);
}

static void formats(void **state)
{
	struct sbuf b scoped(sbuf_done) = SBUF(64);

	(void)sbuf_add_u64(&b, 0);
	(void)sbuf_add_u64(&b, UINT64_MAX);
	(void)sbuf_printf(&b, "[%d %s]", -5, "x");
	assert_int_equal(b.err, OK);
	assert_true(str_eq(sbuf_str(&b), STR("018446744073709551615[-5 x]")));
	assert_int_equal(sbuf_printf(&b, "%064d", 1), ERR_TOO_BIG);
	assert_true(str_eq(sbuf_str(&b), STR("018446744073709551615[-5 x]")));
}

static void drops_from_the_front(void **state)
{
	struct sbuf b scoped(sbuf_done) = SBUF(64);

	sbuf_drop(&b, 0);
	(void)sbuf_lit(&b, "abcdef");
	sbuf_drop(&b, 2);
	assert_true(str_eq(sbuf_str(&b), STR("cdef")));
	sbuf_drop(&b, 4);
	assert_int_equal(b.len, 0);
}

static void hands_out_its_memory(void **state)
{
	struct sbuf b = SBUF(64);
	size_t len;
	char *p;

	(void)sbuf_lit(&b, "abc");
	p = sbuf_detach(&b, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(p, "abc", 3);
	assert_null(b.ptr);
	assert_int_equal(b.limit, 64);
	mem_free(p);
	sbuf_done(&b);
	sbuf_done(NULL);
}

UNIT_TESTS(base_sbuf, cmocka_unit_test(grows_to_the_limit), cmocka_unit_test(formats),
	   cmocka_unit_test(drops_from_the_front), cmocka_unit_test(hands_out_its_memory));
