/* SPDX-License-Identifier: Apache-2.0 */
/* Binary min-heap of elements that hold their own place: the loop's timers. Borrowed elements; one
 * thread. */
#pragma once

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct heap_item {
	usec_t key;
	size_t pos; /* 1-based place in the heap, 0: not in it */
};

struct heap {
	struct heap_item **items;
	size_t count, cap;
};

void heap_done(struct heap *h);
void heap_add(struct heap *h, struct heap_item *item);

/* Harmless on an item that is not in the heap. */
void heap_remove(struct heap *h, struct heap_item *item);

/* The item with the smallest key, or NULL. */
struct heap_item *heap_top(const struct heap *h);
