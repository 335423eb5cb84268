/* SPDX-License-Identifier: Apache-2.0 */
/* Bound resources of an entity, see resource.h. */
#include "server/route/resource.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/route/entity.h"

void resource_init(struct resource *r, struct entity *e, struct jid jid)
{
	char *text = str_dup(jid.full);
	size_t bare_len = jid_bare_str(jid).len;

	r->entity = e;
	r->id = ++e->home->last_resource_id;
	r->jid.full = str_make(text, jid.full.len);
	r->jid.node = str_make(text, jid.node.len);
	r->jid.domain = str_make(text + (jid.node.len ? jid.node.len + 1 : 0), jid.domain.len);
	r->jid.resource = str_make(text + bare_len + 1, jid.resource.len);
	r->state = mem_zalloc(1, e->home->resource_bytes);
	list_append(&e->resources, &r->link);
	e->resource_count++;
	metric_inc(METRIC_SESSIONS);
}

void resource_done(struct resource *r)
{
	if (!r || !r->entity)
		return;
	list_remove(&r->link);
	r->entity->resource_count--;
	r->presence = bytes_unref(r->presence);
	mem_free(r->state);
	mem_free((void *)(uintptr_t)r->jid.full.ptr);
	r->jid = (struct jid){ 0 };
	r->entity = NULL;
	metric_add(METRIC_SESSIONS, -1);
}

struct resource *resource_by_id(const struct entity *e, uint64_t id)
{
	resource_each(r, e) {
		if (r->id == id)
			return r;
	}
	return NULL;
}

struct resource *resource_by_name(const struct entity *e, struct str name)
{
	resource_each(r, e) {
		if (str_eq(r->jid.resource, name))
			return r;
	}
	return NULL;
}

struct resource *resource_at(const struct entity *e, struct list *link)
{
	return link == &e->resources ? NULL : list_entry(link, struct resource, link);
}

struct resource *resource_after(const struct entity *e, const struct resource *r)
{
	return r ? resource_at(e, r->link.next) : NULL;
}
