/* SPDX-License-Identifier: Apache-2.0 */
/* Errands to other loops, see errand.h. */
#include "server/route/errand.h"

#include "base/mem.h"
#include "server/route/router.h"

struct errand {
	struct letter letter;
	struct loop *asker;
	struct home *home;
	void (*act)(struct dispatch *d, void *arg);
	void (*done)(void *arg, enum err err);
	void *arg;
	enum err err;
	struct str bare; /* view into name */
	char name[];
};

static void on_return(struct letter *l)
{
	struct errand *x = container_of(l, struct errand, letter);

	x->done(x->arg, x->err);
	mem_free(x);
}

static void go_back(struct errand *x, enum err err)
{
	x->err = err;
	x->letter.fn = on_return;
	loop_post(x->asker, &x->letter);
}

static void on_durable(struct entity *e, void *arg, enum err err)
{
	(void)e;
	go_back(arg, err);
}

static void run(struct dispatch *d, void *arg)
{
	struct errand *x = arg;
	struct entity *e = d->entity;

	if (e->state == ENTITY_READY && !e->is_deleted)
		x->act(d, x->arg);
	else
		x->err = ERR_NOT_FOUND;
	if (x->err)
		go_back(x, x->err);
	else
		dispatch_call(d, on_durable, x);
}

static void on_ready(void *arg, struct entity *e)
{
	router_act_in_order(e, run, arg);
	entity_unpin(e);
}

static void on_arrival(struct letter *l)
{
	struct errand *x = container_of(l, struct errand, letter);
	struct entity *e = entity_get(x->home, x->bare);

	entity_pin(e);
	entity_when_ready(e, on_ready, x);
}

void errand_run(struct home *h, struct str bare, void (*act)(struct dispatch *d, void *arg),
		void (*done)(void *arg, enum err err), void *arg)
{
	struct errand *x = mem_zalloc(1, sizeof(*x) + bare.len);

	memcpy(x->name, bare.ptr, bare.len);
	x->bare = str_make(x->name, bare.len);
	x->home = home_of(h, x->bare);
	x->asker = loop_current();
	x->act = act;
	x->done = done;
	x->arg = arg;
	x->letter.fn = on_arrival;
	loop_post(x->home->loop, &x->letter);
}
