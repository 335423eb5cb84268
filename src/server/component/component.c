/* SPDX-License-Identifier: Apache-2.0 */
/* Connected components at their home, see component.h. */
#include "server/component/component.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "crypto/secret.h"
#include "server/route/post.h"
#include "server/route/registry.h"

void components_init(struct components *all, struct home *home)
{
	all->home = home;
	map_init(&all->connected);
	home->service_ops = &component_ops;
	home->service_owner = all;
}

const struct component *component_find(const struct components *all, struct str domain)
{
	return map_get(&all->connected, domain);
}

/* ---- stanzas ---- */

static void refuse(struct home *h, struct bytes *stanza, bool is_quiet, enum condition why,
		   struct str text)
{
	metric_inc(METRIC_COMPONENT_REFUSED);
	if (!is_quiet)
		post_error(h, bytes_str(stanza), why, text);
}

static void take(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet)
{
	struct components *all = h->service_owner;
	struct component *c = map_get(&all->connected, domain);
	size_t cost = stanza->len + COMPONENT_STANZA_COST;

	if (!c) {
		refuse(h, stanza, is_quiet, COND_REMOTE_SERVER_TIMEOUT,
		       STR("this service is not connected"));
	} else if (c->unsent + cost > conf_size(h->conf, "limits.component_queue")) {
		refuse(h, stanza, is_quiet, COND_RESOURCE_CONSTRAINT,
		       STR("this service is too slow"));
	} else {
		metric_inc(METRIC_COMPONENT_OUT);
		c->unsent += cost;
		plug_send(c->plug, stanza);
	}
}

const struct service_ops component_ops = { .take = take };

/* ---- coming and going ---- */

static bool on_attach(struct plug *p)
{
	struct components *all = p->home->service_owner;
	struct component *c;

	if (!services_find(p->home->services, p->domain) || map_get(&all->connected, p->domain))
		return false;
	c = mem_zalloc(1, sizeof(*c));
	c->all = all;
	c->plug = p;
	c->domain = str_dup(p->domain);
	c->wall_since = wall_now();
	p->component = c;
	(void)map_set(&all->connected, str_from(c->domain), c);
	metric_inc(METRIC_COMPONENTS);
	log_info(NULL, "component connected", F_STR("domain", p->domain), F_STR("peer", p->peer));
	return true;
}

static void on_ready(struct plug *p)
{
	registry_service(p->home, services_find(p->home->services, p->domain));
}

static void on_detach(struct plug *p)
{
	struct component *c = p->component;

	(void)map_remove(&c->all->connected, p->domain);
	registry_service_gone(p->home, p->domain);
	metric_add(METRIC_COMPONENTS, -1);
	log_info(NULL, "component disconnected", F_STR("domain", p->domain));
	mem_free((void *)(uintptr_t)c->domain);
	mem_free(c);
}

static void on_written(struct plug *p, size_t bytes)
{
	struct component *c = p->component;

	must(bytes <= c->unsent);
	c->unsent -= bytes;
}

const struct plug_home_ops component_plug_ops = { .on_attach = on_attach,
						  .on_ready = on_ready,
						  .on_detach = on_detach,
						  .on_written = on_written };

/* ---- reload ---- */

/* What it may do was told when it came: it comes again to hear what is new. */
static bool is_same(const struct service *old, const struct service *now)
{
	return old && old->secret.len == now->secret.len &&
	       secret_equal(old->secret.ptr, now->secret.ptr, now->secret.len) &&
	       str_eq(old->terms, now->terms);
}

void components_reload(struct components *all, struct services *services)
{
	struct home *h = all->home;
	struct services *before = h->services;
	struct component *c;
	size_t at = 0;

	h->services = services_ref(services);
	while ((c = map_next(&all->connected, &at))) {
		const struct service *now = services_find(services, c->plug->domain);

		if (!now)
			plug_kick(c->plug, STREAM_HOST_GONE, STR_NONE);
		else if (!is_same(services_find(before, c->plug->domain), now))
			plug_kick(c->plug, STREAM_RESET,
				  STR("the configuration of this component has changed"));
	}
	(void)services_unref(before);
}
