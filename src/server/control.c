/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of all homes for the administrator: a letter goes round from home to home and comes
 * back. */
#include "server/control.h"

#include "base/mem.h"
#include "server/route/removal.h"
#include "server/session/session.h"
#include "xmpp/condition.h"

struct round {
	struct letter letter;
	struct home *first;
	unsigned next; /* index of the home to be asked */
	struct arena arena;
	struct str user; /* bare or full; unset: all */
	unsigned max;
	bool is_ending;
	struct admin_session *sessions; /* max of them */
	size_t count;
	void (*list_fn)(void *arg, const struct admin_session *sessions, size_t count);
	void (*end_fn)(void *arg, size_t count);
	void *arg;
};

enum { ROUND_ARENA_MAX = 256 * 1024 * 1024 };

static void finish(struct round *r)
{
	if (r->is_ending)
		r->end_fn(r->arg, r->count);
	else
		r->list_fn(r->arg, r->sessions, r->count);
	arena_done(&r->arena);
	mem_free(r);
}

static bool fits(const struct round *r, const struct resource *res)
{
	return !r->user.ptr || str_eq(r->user, jid_bare_str(res->jid)) ||
	       str_eq(r->user, res->jid.full);
}

static void note(struct round *r, struct resource *res)
{
	const struct session *s = container_of(res, struct session, res);

	r->sessions[r->count++] =
		(struct admin_session){ .jid = arena_dup(&r->arena, res->jid.full),
					.peer = arena_dup(&r->arena, s->link ? s->peer : STR("")),
					.client = STR(""),
					.wall_since = s->wall_begun,
					.is_secure = s->is_secure,
					.is_detached = !s->link };
}

static void visit(struct round *r, struct entity *e)
{
	entity_pin(e);
	resource_each(res, &e->resources)
	{
		if (!fits(r, res))
			continue;
		if (r->is_ending) {
			r->count++;
			res->ops->kick(res, STREAM_POLICY_VIOLATION,
				       STR("ended by the administrator"));
		} else if (r->count < r->max) {
			note(r, res);
		}
	}
	entity_unpin(e);
}

static void pass_on(struct round *r);

static void on_visit(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);
	struct home *h = r->first->all[r->next++];
	struct entity *e;
	size_t at = 0;

	while ((e = map_next(&h->entities, &at)))
		visit(r, e);
	pass_on(r);
}

static void on_return(struct letter *l)
{
	finish(container_of(l, struct round, letter));
}

static void pass_on(struct round *r)
{
	bool is_done = r->next == r->first->count;

	r->letter.fn = is_done ? on_return : on_visit;
	loop_post(is_done ? r->first->loop : r->first->all[r->next]->loop, &r->letter);
}

static struct round *round_new(struct home *first, struct str user)
{
	struct round *r = mem_zalloc(1, sizeof(*r));

	arena_init(&r->arena, ROUND_ARENA_MAX);
	r->first = first;
	r->user = user.len ? arena_dup(&r->arena, user) : STR_NONE;
	return r;
}

void control_list_sessions(void *owner, struct str user, unsigned max,
			   void (*fn)(void *arg, const struct admin_session *sessions,
				      size_t count),
			   void *arg)
{
	struct round *r = round_new(owner, user);

	r->max = max;
	r->sessions = arena_zalloc(&r->arena, max * sizeof(*r->sessions));
	r->list_fn = fn;
	r->arg = arg;
	pass_on(r);
}

void control_end_sessions(void *owner, struct str jid, void (*fn)(void *arg, size_t count),
			  void *arg)
{
	struct round *r = round_new(owner, jid);

	r->is_ending = true;
	r->end_fn = fn;
	r->arg = arg;
	pass_on(r);
}

void control_remove_account(void *owner, struct str jid, void (*fn)(void *arg, enum err e),
			    void *arg)
{
	removal_start(owner, jid, fn, arg);
}
