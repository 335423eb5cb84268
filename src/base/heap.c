/* SPDX-License-Identifier: Apache-2.0 */
/* Binary min-heap, see heap.h. */
#include "base/heap.h"

#include "base/mem.h"

void heap_done(struct heap *h)
{
	if (!h)
		return;
	mem_free(h->items);
	*h = (struct heap){ 0 };
}

static void set(struct heap *h, size_t pos, struct heap_item *item)
{
	h->items[pos - 1] = item;
	item->pos = pos;
}

static void sift_up(struct heap *h, size_t pos)
{
	struct heap_item *item = h->items[pos - 1];

	while (pos > 1 && h->items[pos / 2 - 1]->key > item->key) {
		set(h, pos, h->items[pos / 2 - 1]);
		pos /= 2;
	}
	set(h, pos, item);
}

static void sift_down(struct heap *h, size_t pos)
{
	struct heap_item *item = h->items[pos - 1];

	for (;;) {
		size_t child = pos * 2;

		if (child > h->count)
			break;
		if (child < h->count && h->items[child]->key < h->items[child - 1]->key)
			child++;
		if (h->items[child - 1]->key >= item->key)
			break;
		set(h, pos, h->items[child - 1]);
		pos = child;
	}
	set(h, pos, item);
}

void heap_add(struct heap *h, struct heap_item *item)
{
	must(item->pos == 0);
	if (h->count == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 64;
		h->items = mem_grow(h->items, h->cap * sizeof(*h->items));
	}
	h->items[h->count++] = item;
	item->pos = h->count;
	sift_up(h, h->count);
}

void heap_remove(struct heap *h, struct heap_item *item)
{
	size_t pos = item->pos;
	struct heap_item *last;

	if (!pos)
		return;
	must(h->items[pos - 1] == item);
	last = h->items[--h->count];
	item->pos = 0;
	if (last == item)
		return;
	set(h, pos, last);
	sift_up(h, pos);
	sift_down(h, last->pos);
}

struct heap_item *heap_top(const struct heap *h)
{
	return h->count ? h->items[0] : NULL;
}
