/* SPDX-License-Identifier: Apache-2.0 */
/* A letter goes from home to home, notes the components of each, and comes back. */
#include "server/control_components.h"

#include "base/mem.h"
#include "server/component/component.h"

enum { ROUND_ARENA_MAX = 1024 * 1024 };

struct round {
	struct letter letter;
	struct home *first;
	unsigned next; /* index of the home to be asked */
	struct arena arena;
	struct admin_component *rows; /* SERVICES_MAX of them */
	size_t count;
	void (*fn)(void *arg, const struct admin_component *components, size_t count);
	void *arg;
};

static void note(struct round *r, const struct home *h, const struct service *s)
{
	const struct component *c = component_find(h->service_owner, s->domain);
	struct admin_component *row = &r->rows[r->count];

	if (r->count == SERVICES_MAX) /* a reload is under way */
		return;
	r->count++;
	row->domain = arena_dup(&r->arena, s->domain);
	row->peer = STR("");
	if (!c)
		return;
	row->is_connected = true;
	row->peer = arena_dup(&r->arena, c->plug->peer);
	row->wall_since = c->wall_since;
	row->unsent = c->unsent;
}

static void on_return(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);

	r->fn(r->arg, r->rows, r->count);
	arena_done(&r->arena);
	mem_free(r);
}

static void pass_on(struct round *r);

static void on_visit(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);
	struct home *h = r->first->all[r->next++];

	for (size_t i = 0; h->services && i < h->services->count; i++) {
		if (home_of(h, h->services->items[i].domain) == h)
			note(r, h, &h->services->items[i]);
	}
	pass_on(r);
}

static void pass_on(struct round *r)
{
	bool is_done = r->next == r->first->count;

	r->letter.fn = is_done ? on_return : on_visit;
	loop_post(is_done ? r->first->loop : r->first->all[r->next]->loop, &r->letter);
}

void control_list_components(void *owner,
			     void (*fn)(void *arg, const struct admin_component *components,
					size_t count),
			     void *arg)
{
	struct round *r = mem_zalloc(1, sizeof(*r));

	arena_init(&r->arena, ROUND_ARENA_MAX);
	r->first = owner;
	r->rows = arena_zalloc(&r->arena, SERVICES_MAX * sizeof(*r->rows));
	r->fn = fn;
	r->arg = arg;
	pass_on(r);
}
