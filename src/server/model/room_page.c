/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of members, see room_page.h. Any thread. */
#include "server/model/room_page.h"

#include <stdlib.h>

static void swap(const struct room_member **a, const struct room_member **b)
{
	const struct room_member *was = *a;

	*a = *b;
	*b = was;
}

/* The heap has the last address at its top: it makes way for one that comes before it. */
static void sink(const struct room_member **heap, size_t count)
{
	size_t at = 0;

	for (;;) {
		size_t last = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
			if (str_cmp(heap[child]->jid, heap[last]->jid) > 0)
				last = child;
		}
		if (last == at)
			return;
		swap(&heap[at], &heap[last]);
		at = last;
	}
}

static void rise(const struct room_member **heap, size_t at)
{
	while (at > 0 && str_cmp(heap[at]->jid, heap[(at - 1) / 2]->jid) > 0) {
		swap(&heap[at], &heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void keep(struct room_page *page, size_t max, const struct room_member *m)
{
	if (page->count < max) {
		page->items[page->count] = m;
		rise(page->items, page->count++);
	} else if (max > 0 && str_cmp(m->jid, page->items[0]->jid) < 0) {
		page->items[0] = m;
		sink(page->items, page->count);
	}
}

static int by_jid(const void *left, const void *right)
{
	const struct room_member *const *a = left, *const *b = right;

	return str_cmp((*a)->jid, (*b)->jid);
}

void room_page_read(const struct room_members *m, enum room_affiliation affiliation,
		    struct str after, size_t max, struct arena *a, struct room_page *ret_page)
{
	struct room_page page = { 0 };
	const struct room_member *one;
	size_t at = 0;

	if (max > ROOM_PAGE_MAX)
		max = ROOM_PAGE_MAX;
	page.items = arena_alloc(a, (max + 1) * sizeof(*page.items));
	while ((one = map_next(&m->items, &at))) {
		if (one->affiliation != affiliation)
			continue;
		page.total++;
		if (after.ptr && str_cmp(one->jid, after) <= 0)
			page.index++;
		else
			keep(&page, max, one);
	}
	if (page.count > 1)
		qsort(page.items, page.count, sizeof(*page.items), by_jid);
	*ret_page = page;
}
