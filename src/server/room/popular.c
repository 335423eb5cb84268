/* SPDX-License-Identifier: Apache-2.0 */
/* People in public rooms, see popular.h. */
#include "server/room/popular.h"

#include "base/mem.h"
#include "server/room/room.h"
#include "server/route/census.h"

struct popular {
	usec_t counted;   /* monotonic */
	struct map rooms; /* bare JID -> struct crowd */
};

struct crowd {
	size_t count;
	size_t len;
	char name[];
};

struct count {
	struct str domain;
	struct popular *fresh, **place;
	void (*done)(void *arg);
	void *arg;
};

void popular_free(struct popular **p)
{
	struct crowd *c;
	size_t at = 0;

	if (!*p)
		return;
	while ((c = map_next(&(*p)->rooms, &at)))
		mem_free(c);
	map_done(&(*p)->rooms);
	mem_free(*p);
	*p = NULL;
}

bool popular_is_fresh(const struct popular *p)
{
	return p && clock_now() - p->counted < POPULAR_AGE_USEC;
}

/* On the loop of e. */
static void visit(struct entity *e, void *arg)
{
	struct count *x = arg;
	const struct room *r;
	struct crowd *c;

	if (e->state != ENTITY_READY || !e->jid.node.len || !str_eq(e->jid.domain, x->domain))
		return;
	r = room_of(e);
	if (!r || !r->exists || !r->config.is_public || !r->occupants.count)
		return;
	c = mem_alloc(sizeof(*c) + e->jid.full.len);
	c->count = r->occupants.count;
	c->len = e->jid.full.len;
	memcpy(c->name, e->jid.full.ptr, c->len);
	mem_free(map_set(&x->fresh->rooms, str_make(c->name, c->len), c));
}

static void on_visited(void *arg)
{
	struct count *x = arg;

	x->fresh->counted = clock_now();
	popular_free(x->place);
	*x->place = x->fresh;
	x->done(x->arg);
	mem_free(x);
}

void popular_count(struct home *h, struct str domain, struct popular **p, void (*done)(void *arg),
		   void *arg)
{
	struct count *x = mem_zalloc(1, sizeof(*x));

	x->domain = domain;
	x->fresh = mem_zalloc(1, sizeof(*x->fresh));
	map_init(&x->fresh->rooms);
	x->place = p;
	x->done = done;
	x->arg = arg;
	census_take(h, visit, on_visited, x);
}

size_t popular_of(const struct popular *p, struct str room)
{
	const struct crowd *c = p ? map_get(&p->rooms, room) : NULL;

	return c ? c->count : 0;
}
