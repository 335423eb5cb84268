/* SPDX-License-Identifier: Apache-2.0 */
/* The bump allocator: alignment, budget, starting over, strings. */
#include "base/arena.h"
#include "support/unit.h"

static void gives_aligned_memory_apart(void **state)
{
	struct arena a scoped(arena_done);
	unsigned char *parts[300];

	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(parts); i++) {
		parts[i] = arena_alloc(&a, i);
		assert_int_equal((uintptr_t)parts[i] % _Alignof(max_align_t), 0);
		memset(parts[i], (int)(i & 255), i);
	}
	for (size_t i = 0; i < array_len(parts); i++) {
		for (size_t k = 0; k < i; k++)
			assert_int_equal(parts[i][k], i & 255);
	}
	assert_false(arena_is_over(&a));
}

static void says_when_it_is_over(void **state)
{
	struct arena a scoped(arena_done);

	arena_init(&a, 1024);
	(void)arena_alloc(&a, 1024);
	assert_false(arena_is_over(&a));
	memset(arena_alloc(&a, 100 * KIB), 1, 100 * KIB);
	assert_true(arena_is_over(&a));
	arena_reset(&a);
	assert_false(arena_is_over(&a));
	assert_int_equal(a.used, 0);
}

static void starts_over(void **state)
{
	struct arena a scoped(arena_done);

	arena_init(&a, 10 * MIB);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < 50; i++) {
			char *p = arena_zalloc(&a, 1 + i * 97 * (size_t)(round % 5));

			assert_int_equal(p[0], 0);
			memset(p, 0xa5, 1 + i * 97 * (size_t)(round % 5));
		}
		arena_reset(&a);
	}
	arena_done(&a);
	arena_done(NULL);
}

static void makes_strings(void **state)
{
	struct arena a scoped(arena_done);
	struct str s;

	arena_init(&a, KIB);
	s = arena_dup(&a, STR("a\0b"));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.ptr, "a\0b", 4);
	s = arena_dup(&a, STR_NONE);
	assert_true(str_is_set(s) && s.len == 0);
	s = arena_printf(&a, "%s-%d", "x", 42);
	assert_true(str_eq(s, STR("x-42")));
	s = ARENA_JOIN(&a, STR("ab"), STR_NONE, STR("c"));
	assert_true(str_eq(s, STR("abc")));
	assert_int_equal(s.ptr[3], '\0');
}

UNIT_TESTS(base_arena, cmocka_unit_test(gives_aligned_memory_apart),
	   cmocka_unit_test(says_when_it_is_over), cmocka_unit_test(starts_over),
	   cmocka_unit_test(makes_strings));
