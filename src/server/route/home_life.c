/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a home: its start, forgetting entities that nothing needs, its end. See home_life.h.
 */
#include "server/route/home_life.h"

#include "base/mem.h"
#include "server/route/caps_wait.h"
#include "server/route/client_caps.h"
#include "server/route/dispatch.h"
#include "server/route/nest.h"
#include "server/route/registry.h"
#include "server/route/router.h"
#include "server/route/service.h"

enum { SCRATCH_KEPT = 1024 * 1024 /* bytes */, IDLE_ENTITIES_MAX = 20000 };

static const usec_t SWEEP_USEC = 5 * USEC_PER_SEC;
static const usec_t IDLE_USEC = 60 * USEC_PER_SEC;

static void sweep(struct timer *t)
{
	struct home *h = container_of(t, struct home, sweep);

	while (!list_is_empty(&h->idle)) {
		struct entity *e = list_entry(h->idle.next, struct entity, idle_link);

		if (h->idle_count <= IDLE_ENTITIES_MAX &&
		    loop_now(h->loop) - e->idle_since < IDLE_USEC)
			break;
		entity_forget(e);
	}
	if (h->scratch.cap > SCRATCH_KEPT)
		sbuf_done(&h->scratch);
	loop_timer(h->loop, &h->sweep, SWEEP_USEC);
}

void home_add_realm(struct home *h, struct str domain, const struct registry *registry)
{
	struct realm *realm = &h->realms[h->realm_count];

	must(h->realm_count < REALMS_MAX);
	*realm = (struct realm){ .domain = domain,
				 .registry = registry,
				 .has_accounts = registry == h->registry,
				 .entity_bytes = registry_entity_bytes(registry) };
	realm->spaces = registry_spaces(registry, &realm->space_count);
	h->realm_count++;
}

void home_start(struct home *h)
{
	h->sweep.fn = sweep;
	h->started = clock_now();
	home_add_realm(h, h->domain, h->registry);
	h->resource_bytes = registry_resource_bytes(h->registry);
	map_init(&h->entities);
	map_init(&h->push_none);
	map_init(&h->push_asked);
	map_init(&h->nests);
	list_init(&h->idle);
	list_init(&h->dispatches);
	h->client_caps = client_caps_store_new();
	h->caps_waits = caps_waits_new();
	h->scratch = SBUF(HOME_SCRATCH_MAX);
	loop_timer(h->loop, &h->sweep, SWEEP_USEC);
}

static void save(struct dispatch *d, unused_arg void *arg)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);

	for (; *f; f++) {
		if ((*f)->on_stop)
			(*f)->on_stop(d);
	}
}

static void say_farewell(struct dispatch *d, unused_arg void *arg)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);

	for (; *f; f++) {
		if ((*f)->on_farewell)
			(*f)->on_farewell(d);
	}
}

static void act_all(struct home *h, void (*act)(struct dispatch *d, void *arg))
{
	size_t at = 0;
	struct entity *e;

	while ((e = map_next(&h->entities, &at))) {
		if (e->state == ENTITY_READY && !e->is_deleted)
			router_act(e, act, NULL);
	}
}

void home_farewell(struct home *h)
{
	act_all(h, say_farewell);
}

void home_stop(struct home *h)
{
	act_all(h, save);
}

static void free_names(struct map *m)
{
	size_t at = 0;
	void *name;

	while ((name = map_next(m, &at)))
		mem_free(name);
	map_done(m);
}

void home_done(struct home *h)
{
	size_t at = 0;
	struct entity *e;

	while ((e = map_next(&h->entities, &at)))
		entity_forget(e);
	map_done(&h->entities);
	free_names(&h->push_none);
	free_names(&h->push_asked);
	nests_done(h);
	dispatch_free_spares(h);
	caps_waits_free(&h->caps_waits);
	client_caps_store_free(&h->client_caps);
	sbuf_done(&h->scratch);
	loop_timer_stop(h->loop, &h->sweep);
	h->conf = conf_unref(h->conf);
	h->services = services_unref(h->services);
}
