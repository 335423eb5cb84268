/* SPDX-License-Identifier: Apache-2.0 */
/* Young entries, see young.h. */
#include "server/store/sqlite/young.h"

#include "base/mem.h"

#include <stdlib.h>

static struct str key_of(const int64_t *id)
{
	return str_make((const char *)id, sizeof(*id));
}

struct young_owner *young_find(const struct young_generation *g, int64_t id)
{
	return map_get(&g->owners, key_of(&id));
}

static void lock(struct young *y)
{
	(void)pthread_mutex_lock(&y->lock);
}

static void unlock(struct young *y)
{
	(void)pthread_mutex_unlock(&y->lock);
}

/* ---- generations ---- */

static void push_generation(struct young *y)
{
	struct young_generation *g = mem_zalloc(1, sizeof(*g));

	map_init(&g->owners);
	g->older = y->newest;
	*(y->newest ? &y->newest->newer : &y->oldest) = g;
	y->newest = g;
}

static void free_oldest(struct young *y)
{
	struct young_generation *g = y->oldest;
	struct young_owner *o;
	size_t at = 0;

	y->oldest = g->newer;
	*(g->newer ? &g->newer->older : &y->newest) = NULL;
	while ((o = map_next(&g->owners, &at))) {
		mem_free(o->entries);
		mem_free(o);
	}
	map_done(&g->owners);
	mem_free(g->order);
	mem_free(g);
}

void young_init(struct young *y, int64_t step)
{
	*y = (struct young){ .step = step };
	(void)pthread_mutex_init(&y->lock, NULL);
	push_generation(y);
}

void young_done(struct young *y)
{
	if (!y || !y->oldest)
		return;
	while (y->oldest)
		free_oldest(y);
	mem_free(y->touched);
	(void)pthread_mutex_destroy(&y->lock);
	*y = (struct young){ .step = 0 };
}

static bool is_looked_at(const struct young *y, const struct young_generation *g)
{
	for (const struct young_view *v = y->views; v; v = v->next) {
		if (v->needs < g->step)
			return true;
	}
	return false;
}

/* ---- the writer ---- */

struct young_owner *young_owner(struct young *y, int64_t id)
{
	struct young_owner *o = young_find(y->newest, id);

	if (o)
		return o;
	o = mem_zalloc(1, sizeof(*o));
	o->id = id;
	lock(y);
	(void)map_set(&y->newest->owners, key_of(&o->id), o);
	unlock(y);
	return o;
}

int64_t young_newest(const struct young *y, int64_t owner)
{
	for (const struct young_generation *g = y->newest; g; g = g->older) {
		const struct young_owner *o = young_find(g, owner);

		if (o && o->count)
			return o->entries[o->count - 1].seq;
	}
	return INT64_MIN;
}

/* The first entry with this seq or a later one. */
static unsigned lower_bound(const struct young_owner *o, int64_t seq)
{
	unsigned low = 0, high = o->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (o->entries[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool young_has(const struct young *y, int64_t owner, int64_t seq)
{
	for (const struct young_generation *g = y->newest; g; g = g->older) {
		const struct young_owner *o = young_find(g, owner);
		unsigned i = o ? lower_bound(o, seq) : 0;

		if (o && i < o->count && o->entries[i].seq == seq && !o->entries[i].settled)
			return true;
	}
	return false;
}

static void touch(struct young *y, struct young_owner *o)
{
	if (y->touched_count && y->touched[y->touched_count - 1] == o)
		return;
	if (y->touched_count == y->touched_cap) {
		y->touched_cap = y->touched_cap ? 2 * y->touched_cap : 64;
		y->touched = mem_grow(y->touched, y->touched_cap * sizeof(struct young_owner *));
	}
	y->touched[y->touched_count++] = o;
}

void young_add(struct young *y, struct young_owner *o, const struct young_entry *entry)
{
	touch(y, o);
	lock(y);
	if (o->count == o->cap) {
		o->cap = o->cap ? o->cap + o->cap / 2 + 1 : 2;
		o->entries = mem_grow(o->entries, o->cap * sizeof(*o->entries));
	}
	o->entries[o->count++] = *entry;
	y->newest->count++;
	unlock(y);
}

void young_settle(struct young *y, struct young_owner *o, struct young_entry *entry, int64_t step)
{
	touch(y, o);
	lock(y);
	entry->settled = step;
	unlock(y);
}

void young_begin(struct young *y, int64_t body)
{
	y->touched_count = 0;
	y->body_before = body;
	if (y->settling)
		y->settling->done_before = y->settling->done;
}

/* Additions are in the newest generation: no other gets any. */
void young_undo(struct young *y, int64_t step)
{
	lock(y);
	for (size_t i = 0; i < y->touched_count; i++) {
		struct young_owner *o = y->touched[i];

		while (o->count && o->entries[o->count - 1].body > y->body_before) {
			o->count--;
			y->newest->count--;
		}
		for (unsigned k = 0; k < o->count; k++) {
			if (o->entries[k].settled == step)
				o->entries[k].settled = 0;
		}
		o->is_known = false;
	}
	y->touched_count = 0;
	if (y->settling) {
		y->settling->done = y->settling->done_before;
		y->settling->step = 0;
	}
	unlock(y);
}

void young_commit(struct young *y, int64_t step)
{
	lock(y);
	y->step = step;
	y->touched_count = 0;
	if (y->settling && y->settling->step)
		y->settling = NULL;
	while (y->oldest->step && y->oldest != y->settling && !is_looked_at(y, y->oldest))
		free_oldest(y);
	unlock(y);
}

static int by_id(const void *a, const void *b)
{
	const struct young_owner *const *x = a, *const *y = b;

	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

void young_turn(struct young *y)
{
	struct young_generation *g = y->newest;
	struct young_owner *o;
	size_t at = 0;

	must(!y->settling);
	g->order = mem_alloc((g->owners.count + 1) * sizeof(struct young_owner *));
	while ((o = map_next(&g->owners, &at)))
		g->order[g->order_count++] = o;
	qsort(g->order, g->order_count, sizeof(struct young_owner *), by_id);
	lock(y);
	y->settling = g;
	push_generation(y);
	unlock(y);
}

struct young_owner *young_next(struct young *y)
{
	struct young_generation *g = y->settling;

	return g && g->done < g->order_count ? g->order[g->done++] : NULL;
}

void young_finish(struct young *y, int64_t step)
{
	lock(y);
	y->settling->step = step;
	unlock(y);
}

/* ---- readers ---- */

void young_view_begin(struct young *y, struct young_view *v)
{
	lock(y);
	*v = (struct young_view){ .next = y->views, .needs = y->step };
	y->views = v;
	unlock(y);
}

void young_view_end(struct young *y, struct young_view *v)
{
	struct young_view **at = &y->views;

	lock(y);
	while (*at && *at != v)
		at = &(*at)->next;
	if (*at)
		*at = v->next;
	unlock(y);
}

static bool is_wanted(const struct young_view *v, const struct young_range *r,
		      const struct young_entry *e)
{
	return e->body <= v->body && (!e->settled || e->settled > v->step) &&
	       (!r->has_peer || e->peer == r->peer);
}

static unsigned fetch_up(const struct young_owner *o, const struct young_view *v,
			 const struct young_range *r, struct young_entry *entries, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = lower_bound(o, r->low); i < o->count && n < max; i++) {
		if (o->entries[i].seq > r->high)
			break;
		if (is_wanted(v, r, &o->entries[i]))
			entries[n++] = o->entries[i];
	}
	return n;
}

static unsigned fetch_down(const struct young_owner *o, const struct young_view *v,
			   const struct young_range *r, struct young_entry *entries, unsigned max)
{
	unsigned n = 0;
	unsigned end = r->high == INT64_MAX ? o->count : lower_bound(o, r->high + 1);

	for (unsigned i = end; i > 0 && n < max; i--) {
		if (o->entries[i - 1].seq < r->low)
			break;
		if (is_wanted(v, r, &o->entries[i - 1]))
			entries[n++] = o->entries[i - 1];
	}
	return n;
}

unsigned young_fetch(struct young *y, const struct young_view *v, const struct young_range *range,
		     struct young_entry *entries, unsigned max)
{
	const struct young_generation *g;
	unsigned n = 0;

	lock(y);
	g = range->is_down ? y->newest : y->oldest;
	for (; g && n < max; g = range->is_down ? g->older : g->newer) {
		const struct young_owner *o = young_find(g, range->owner);

		if (!o || !o->count)
			continue;
		n += range->is_down ? fetch_down(o, v, range, entries + n, max - n)
				    : fetch_up(o, v, range, entries + n, max - n);
	}
	unlock(y);
	return n;
}
