/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an account, see removal.h. On the loop of its entity. */
#include "server/route/removal.h"

#include "base/mem.h"
#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/model/uploads.h"
#include "server/route/presence_view.h"
#include "server/route/registry.h"
#include "server/route/router.h"

/* Look-ups for stanzas that came before are waited for: what they add must be deleted, too. */
static const usec_t RETRY_USEC = 5 * USEC_PER_MSEC;

struct removal {
	struct letter letter;
	struct timer retry;
	struct home *home;     /* of the account */
	struct entity *entity; /* pinned */
	struct loop *asker;
	void (*fn)(void *arg, enum err err);
	void *arg;
	enum err err;
	struct str owner; /* in name */
	char name[];
};

static void on_home(struct letter *l)
{
	struct removal *r = container_of(l, struct removal, letter);

	r->fn(r->arg, r->err);
	mem_free(r);
}

static void on_deleted(void *arg, enum err err)
{
	struct removal *r = arg;
	struct entity *e = r->entity;

	if (err && err != ERR_NOT_FOUND) {
		/* It stays disabled: an administrator sees it and can delete it. */
		log_error(&e->log, "account could not be deleted", F_ERR(err));
		e->is_deleted = false;
	} else if (!err) {
		log_info(&e->log, "account deleted");
	}
	entity_unpin(e);
	r->entity = NULL;
	if (!r->fn) {
		mem_free(r);
		return;
	}
	r->err = err;
	r->letter.fn = on_home;
	loop_post(r->asker, &r->letter);
}

/* Its files are found by its rows: they go first. */
static void on_files_deleted(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct removal *r = arg;

	if (err)
		on_deleted(r, err);
	else
		accounts_delete(r->entity->home->accounts, r->owner, on_deleted, r);
}

/* Err is of what stood in front; what it left behind goes, too. */
static void delete_now(struct entity *e, void *arg, unused_arg enum err err)
{
	struct removal *r = arg;

	if (e->home->uploads)
		uploads_delete_owner(e->home->uploads, r->owner, on_files_deleted, r);
	else
		on_files_deleted(r, OK, NULL);
}

static void cancel(struct dispatch *d, const struct roster_item *item)
{
	struct str from = d->entity->jid.full, to = arena_dup(d->arena, item->jid);

	if (item->flags & (ROSTER_TO | ROSTER_PENDING_OUT))
		dispatch_route(d, presence_new(d->arena, STR("unsubscribe"), from, to));
	if (item->flags & (ROSTER_FROM | ROSTER_PENDING_IN))
		dispatch_route(d, presence_new(d->arena, STR("unsubscribed"), from, to));
}

static void take_leave(struct dispatch *d, void *arg)
{
	const struct roster *roster = d->entity->roster;
	const struct roster_item *item;
	size_t at = 0;

	while (roster && (item = map_next(&roster->items, &at)))
		cancel(d, item);
	registry_removal(d);
	dispatch_call(d, delete_now, arg);
}

static void on_retry(struct timer *t)
{
	struct removal *r = container_of(t, struct removal, retry);

	if (r->entity->busy || r->entity->held)
		loop_timer(r->home->loop, t, RETRY_USEC);
	else
		router_act(r->entity, take_leave, r);
}

static void end_sessions(struct entity *e)
{
	while (e->resources.count) {
		struct resource *res = resource_first(&e->resources);

		res->ops->kick(res, STREAM_NOT_AUTHORIZED, STR("the account was removed"));
	}
}

static void on_ready(void *arg, struct entity *e)
{
	struct removal *r = arg;

	if (e->state != ENTITY_READY) {
		delete_now(e, r, OK);
		return;
	}
	e->is_deleted = true;
	end_sessions(e);
	entity_wake(e); /* refuses what waits */
	on_retry(&r->retry);
}

static void on_arrival(struct letter *l)
{
	struct removal *r = container_of(l, struct removal, letter);

	r->entity = entity_get(r->home, r->owner);
	entity_pin(r->entity);
	entity_when_ready(r->entity, on_ready, r);
}

void removal_start(struct home *h, struct str owner, void (*fn)(void *arg, enum err err), void *arg)
{
	struct removal *r = mem_zalloc(1, sizeof(*r) + owner.len);

	memcpy(r->name, owner.ptr, owner.len);
	r->owner = str_make(r->name, owner.len);
	r->home = home_of(h, owner);
	r->asker = loop_current();
	r->fn = fn;
	r->arg = arg;
	r->retry.fn = on_retry;
	r->letter.fn = on_arrival;
	loop_post(r->home->loop, &r->letter);
}
