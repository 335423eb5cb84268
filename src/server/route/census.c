/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds through all homes, see census.h. */
#include "server/route/census.h"

#include "base/mem.h"
#include "xmpp/condition.h"

/* ---- everybody ---- */

struct census {
	struct letter letter;
	struct loop *asker;
	struct home *const *homes;
	unsigned count, next; /* next: the one to be visited */
	void (*visit)(struct entity *e, void *arg);
	void (*done)(void *arg);
	void *arg;
};

static void on_return(struct letter *l)
{
	struct census *c = container_of(l, struct census, letter);

	c->done(c->arg);
	mem_free(c);
}

static void pass_on(struct census *c);

static void on_visit(struct letter *l)
{
	struct census *c = container_of(l, struct census, letter);
	const struct home *h = c->homes[c->next++];
	struct entity *e;
	size_t at = 0;

	while ((e = map_next(&h->entities, &at))) {
		entity_pin(e);
		c->visit(e, c->arg);
		entity_unpin(e);
	}
	pass_on(c);
}

static void pass_on(struct census *c)
{
	bool is_done = c->next == c->count;

	c->letter.fn = is_done ? on_return : on_visit;
	loop_post(is_done ? c->asker : c->homes[c->next]->loop, &c->letter);
}

void census_take(struct home *h, void (*visit)(struct entity *e, void *arg),
		 void (*done)(void *arg), void *arg)
{
	struct census *c = mem_zalloc(1, sizeof(*c));

	c->asker = loop_current();
	c->homes = h->all;
	c->count = h->count;
	c->visit = visit;
	c->done = done;
	c->arg = arg;
	pass_on(c);
}

/* ---- one ---- */

struct ending {
	struct letter letter;
	struct loop *asker;
	struct home *home;
	struct str text;
	void (*fn)(void *arg, size_t count);
	void *arg;
	size_t ended;
	struct str jid, bare; /* views into name */
	char name[];
};

static void on_ended(struct letter *l)
{
	struct ending *x = container_of(l, struct ending, letter);

	x->fn(x->arg, x->ended);
	mem_free(x);
}

/* RFC 6120, 4.9.3.12 where nobody may come back: who hears of a policy tries again later. */
static void end_sessions_of(struct ending *x, struct entity *e)
{
	enum stream_condition why =
		e->account.is_disabled ? STREAM_NOT_AUTHORIZED : STREAM_POLICY_VIOLATION;

	entity_pin(e);
	resource_each(r, &e->resources)
	{
		if (x->jid.len != x->bare.len && !str_eq(x->jid, r->jid.full))
			continue;
		x->ended++;
		r->ops->kick(r, why, x->text);
	}
	entity_unpin(e);
}

static void on_ending(struct letter *l)
{
	struct ending *x = container_of(l, struct ending, letter);
	struct entity *e = entity_find(x->home, x->bare);

	if (e)
		end_sessions_of(x, e);
	l->fn = on_ended;
	loop_post(x->asker, l);
}

void census_end_sessions(struct home *h, struct str jid, struct str text,
			 void (*fn)(void *arg, size_t count), void *arg)
{
	struct ending *x = mem_zalloc(1, sizeof(*x) + jid.len);
	ptrdiff_t slash = str_index(jid, '/');

	memcpy(x->name, jid.ptr, jid.len);
	x->jid = str_make(x->name, jid.len);
	x->bare = slash < 0 ? x->jid : str_sub(x->jid, 0, (size_t)slash);
	x->home = home_of(h, x->bare);
	x->asker = loop_current();
	x->text = text;
	x->fn = fn;
	x->arg = arg;
	x->letter.fn = on_ending;
	loop_post(x->home->loop, &x->letter);
}
