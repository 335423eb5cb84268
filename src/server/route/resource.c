/* SPDX-License-Identifier: Apache-2.0 */
/* Bound resources of an entity, see resource.h. */
#include "server/route/resource.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/route/client_caps.h"
#include "server/route/held_queue.h"

void resource_list_init(struct resource_list *l, struct entity *e, uint64_t *last_id,
			size_t state_bytes)
{
	*l = (struct resource_list){ .entity = e, .last_id = last_id, .state_bytes = state_bytes };
	list_init(&l->items);
}

void resource_init(struct resource *r, struct resource_list *l, struct jid jid)
{
	char *text = str_dup(jid.full);
	size_t bare_len = jid_bare_str(jid).len;

	r->list = l;
	r->entity = l->entity;
	r->id = ++*l->last_id;
	r->wall_bound = wall_now();
	r->jid.full = str_make(text, jid.full.len);
	r->jid.node = str_make(text, jid.node.len);
	r->jid.domain = str_make(text + (jid.node.len ? jid.node.len + 1 : 0), jid.domain.len);
	r->jid.resource = str_make(text + bare_len + 1, jid.resource.len);
	r->state = mem_zalloc(1, l->state_bytes);
	list_append(&l->items, &r->link);
	l->count++;
	metric_inc(METRIC_SESSIONS);
}

void resource_done(struct resource *r)
{
	if (!r || !r->entity)
		return;
	list_remove(&r->link);
	r->list->count--;
	held_queue_free(&r->held);
	r->presence = bytes_unref(r->presence);
	r->caps = client_caps_unref(r->caps);
	r->told = client_caps_unref(r->told);
	mem_free(r->state);
	mem_free((void *)(uintptr_t)r->jid.full.ptr);
	r->jid = (struct jid){ 0 };
	r->entity = NULL;
	metric_add(METRIC_SESSIONS, -1);
}

struct resource *resource_by_id(const struct resource_list *l, uint64_t id)
{
	resource_each(r, l)
	{
		if (r->id == id)
			return r;
	}
	return NULL;
}

struct resource *resource_by_name(const struct resource_list *l, struct str name)
{
	resource_each(r, l)
	{
		if (str_eq(r->jid.resource, name))
			return r;
	}
	return NULL;
}

struct resource *resource_first(const struct resource_list *l)
{
	return list_is_empty(&l->items) ? NULL : list_entry(l->items.next, struct resource, link);
}

struct resource *resource_after(const struct resource *r)
{
	return !r || r->link.next == &r->list->items
		       ? NULL
		       : list_entry(r->link.next, struct resource, link);
}
