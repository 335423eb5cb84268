/* SPDX-License-Identifier: Apache-2.0 */
/* The timer heap. */
#include "base/heap.h"
#include "base/random.h"
#include "support/unit.h"

static void sorts(void **state)
{
	struct heap_item items[500] = { 0 };
	struct heap h scoped(heap_done) = { 0 };
	usec_t last = INT64_MIN;

	random_seed_for_test(7);
	for (size_t i = 0; i < 500; i++) {
		items[i].key = (usec_t)(random_u64() % 100) - 50;
		heap_add(&h, &items[i]);
	}
	/* From the middle too. */
	for (size_t i = 0; i < 500; i += 3)
		heap_remove(&h, &items[i]);
	random_seed_for_test(0);
	assert_int_equal(h.count, 333);
	for (size_t n = 333; n > 0; n--) {
		struct heap_item *top = heap_top(&h);

		assert_non_null(top);
		assert_true(top->key >= last);
		assert_true((top - items) % 3 != 0);
		last = top->key;
		heap_remove(&h, top);
		assert_int_equal(top->pos, 0);
		assert_int_equal(h.count, n - 1);
	}
	assert_null(heap_top(&h));
}

static void knows_who_is_in_it(void **state)
{
	struct heap_item item = { .key = 1 };
	struct heap h = { 0 };

	heap_remove(&h, &item);
	heap_add(&h, &item);
	assert_int_equal(item.pos, 1);
	heap_remove(&h, &item);
	heap_remove(&h, &item);
	heap_add(&h, &item);
	assert_ptr_equal(heap_top(&h), &item);
	heap_done(&h);
	heap_done(NULL);
}

UNIT_TESTS(base_heap, cmocka_unit_test(sorts), cmocka_unit_test(knows_who_is_in_it));
