/* SPDX-License-Identifier: Apache-2.0 */
/* The end of being held, see held_release.h. */
#include "server/route/held_release.h"

#include "base/mem.h"
#include "server/model/held.h"
#include "server/route/errand.h"

struct release {
	bool was_held;
	void (*fn)(void *arg, enum err err);
	void *arg;
};

static void let_go(struct dispatch *d, void *arg)
{
	struct release *r = arg;
	struct entity *e = d->entity;

	r->was_held = e->is_held;
	if (!e->is_held)
		return;
	e->is_held = false;
	held_delete(dispatch_txn(d), d->home->domain, e->jid.full);
	log_info(&e->log, "a held account was let go");
}

static void on_let_go(void *arg, enum err err)
{
	struct release *r = arg;

	r->fn(r->arg, err || r->was_held ? err : ERR_NOT_FOUND);
	mem_free(r);
}

void held_release(struct home *h, struct str owner, void (*fn)(void *arg, enum err err), void *arg)
{
	struct release *r = mem_zalloc(1, sizeof(*r));

	r->fn = fn;
	r->arg = arg;
	errand_run(h, owner, let_go, on_let_go, r);
}
