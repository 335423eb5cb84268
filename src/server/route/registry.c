/* SPDX-License-Identifier: Apache-2.0 */
/* The features' tables, added up; see registry.h. */
#include "server/route/registry.h"

#include "base/map.h"
#include "base/mem.h"

#include <stdio.h>

enum { TARGETS = 5, IQ_KEY_MAX = 512, HOOK_KINDS = 3, WAYS = 3, SPACES_MAX = 32 };

struct hook_row {
	const struct hook **hooks;
	size_t count;
};

struct registry {
	const struct feature *const *features;
	struct map iq;    /* "type target ns name" -> handler; keys owned */
	struct map known; /* "type ns name" */
	struct hook_row hooks[HOOK_KINDS][WAYS];
	size_t entity_bytes, resource_bytes;
	struct str spaces[SPACES_MAX];
	unsigned space_count;
};

static struct str iq_key(char buf[IQ_KEY_MAX], enum stanza_type type, unsigned target,
			 struct str ns, struct str name)
{
	if (ns.len + name.len + 4 > IQ_KEY_MAX)
		return STR_NONE;
	buf[0] = type == IQ_SET ? 's' : 'g';
	buf[1] = (char)('0' + target);
	memcpy(buf + 2, ns.ptr, ns.len);
	buf[2 + ns.len] = ' ';
	memcpy(buf + 3 + ns.len, name.ptr, name.len);
	return str_make(buf, ns.len + name.len + 3);
}

static enum err add_key(struct map *m, struct str key, const struct iq_handler *h)
{
	struct str owned;

	if (map_get(m, key))
		return ERR_EXISTS;
	owned = str_make(str_dup(key), key.len);
	(void)map_set(m, owned, (void *)(uintptr_t)h);
	return OK;
}

static enum err add_iq(struct registry *r, const struct feature *f, struct blame *blame)
{
	char buf[IQ_KEY_MAX];

	for (const struct iq_handler *h = f->iq; h && h->run; h++) {
		for (unsigned target = 1; target < 1U << TARGETS; target <<= 1) {
			if (!(h->targets & target))
				continue;
			if (add_key(&r->iq, iq_key(buf, h->type, target, h->ns, h->name), h)) {
				(void)snprintf(blame->text, sizeof(blame->text),
					       "feature %s: iq {%.*s}%.*s has a handler already",
					       f->name, STR_ARG(h->ns), STR_ARG(h->name));
				return ERR_EXISTS;
			}
		}
		(void)add_key(&r->known, iq_key(buf, h->type, 0, h->ns, h->name), h);
	}
	return OK;
}

static void add_hooks(struct registry *r, const struct feature *f, enum phase phase)
{
	for (const struct hook *h = f->hooks; h && h->run; h++) {
		struct hook_row *row = &r->hooks[h->kind][h->way];

		if (h->phase != phase)
			continue;
		row->hooks = mem_grow(row->hooks, (row->count + 1) * sizeof(*row->hooks));
		row->hooks[row->count++] = h;
	}
}

static size_t place(size_t *bytes, size_t size)
{
	size_t at = *bytes;

	*bytes += (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	return at;
}

static void add_state(struct registry *r, const struct feature *f)
{
	if (f->entity_state)
		*f->entity_offset = place(&r->entity_bytes, f->entity_state);
	if (f->resource_state)
		*f->resource_offset = place(&r->resource_bytes, f->resource_state);
	for (const struct str *s = f->spaces; s && s->ptr; s++) {
		must(r->space_count < SPACES_MAX);
		r->spaces[r->space_count++] = *s;
	}
}

enum err registry_new(const struct feature *const *features, struct registry **ret_registry,
		      struct blame *blame)
{
	struct registry *r = mem_zalloc(1, sizeof(*r));

	r->features = features;
	map_init(&r->iq);
	map_init(&r->known);
	for (const struct feature *const *f = features; *f; f++) {
		if (add_iq(r, *f, blame)) {
			registry_free(&r);
			return ERR_EXISTS;
		}
		add_state(r, *f);
	}
	for (enum phase phase = PHASE_GUARD; phase <= PHASE_NOTIFY; phase++) {
		for (const struct feature *const *f = features; *f; f++)
			add_hooks(r, *f, phase);
	}
	*ret_registry = r;
	return OK;
}

static void free_keys(struct map *m)
{
	for (size_t i = 0; i < m->cap; i++)
		mem_free((void *)(uintptr_t)m->slots[i].key.ptr);
	map_done(m);
}

void registry_free(struct registry **registry)
{
	struct registry *r = *registry;

	*registry = NULL;
	if (!r)
		return;
	free_keys(&r->iq);
	free_keys(&r->known);
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		for (size_t way = 0; way < WAYS; way++)
			mem_free(r->hooks[kind][way].hooks);
	}
	mem_free(r);
}

static const struct iq_handler *look_up(const struct map *m, const struct stanza *s,
					unsigned target)
{
	const struct xml *payload = stanza_payload(s);
	char buf[IQ_KEY_MAX];
	struct str key =
		payload ? iq_key(buf, s->type, target, payload->ns, payload->name) : STR_NONE;

	return key.ptr ? map_get(m, key) : NULL;
}

const struct iq_handler *registry_iq(const struct registry *r, const struct stanza *s,
				     enum target target)
{
	return look_up(&r->iq, s, target);
}

bool registry_knows_iq(const struct registry *r, const struct stanza *s)
{
	return look_up(&r->known, s, 0) != NULL;
}

const struct hook *const *registry_hooks(const struct registry *r, enum stanza_kind kind,
					 enum way way, size_t *ret_count)
{
	const struct hook_row *row = &r->hooks[kind][way];

	*ret_count = row->count;
	return row->hooks;
}

const struct feature *const *registry_features(const struct registry *r)
{
	return r->features;
}

size_t registry_entity_bytes(const struct registry *r)
{
	return r->entity_bytes;
}

size_t registry_resource_bytes(const struct registry *r)
{
	return r->resource_bytes;
}

const struct str *registry_spaces(const struct registry *r, unsigned *ret_count)
{
	*ret_count = r->space_count;
	return r->spaces;
}

void registry_answer(struct dispatch *d)
{
	for (const struct feature *const *f = d->home->registry->features; *f; f++) {
		if ((*f)->on_answer && (*f)->on_answer(d) == DONE)
			return;
	}
}

void registry_service(struct home *h, const struct service *s)
{
	for (const struct feature *const *f = h->registry->features; *f; f++) {
		if ((*f)->on_service)
			(*f)->on_service(h, s);
	}
}

void registry_service_gone(struct home *h, struct str domain)
{
	for (const struct feature *const *f = h->registry->features; *f; f++) {
		if ((*f)->on_service_gone)
			(*f)->on_service_gone(h, domain);
	}
}

enum verdict registry_before_publish(struct dispatch *d, struct str node, const struct xml *publish)
{
	enum verdict v = PASS;

	for (const struct feature *const *f = d->home->registry->features; *f && v == PASS; f++) {
		if ((*f)->before_publish)
			v = (*f)->before_publish(d, node, publish);
	}
	return v;
}

void registry_removal(struct dispatch *d)
{
	for (const struct feature *const *f = d->home->registry->features; *f; f++) {
		if ((*f)->on_removal)
			(*f)->on_removal(d);
	}
}

void registry_loaded(struct entity *e, const struct keyval_row *rows)
{
	for (const struct feature *const *f = e->realm->registry->features; *f; f++) {
		if ((*f)->on_load)
			(*f)->on_load(e, rows);
	}
}

void registry_unload(struct entity *e)
{
	for (const struct feature *const *f = e->realm->registry->features; *f; f++) {
		if ((*f)->on_unload)
			(*f)->on_unload(e);
	}
}

void registry_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	for (const struct feature *const *f = d->home->registry->features; *f; f++) {
		if ((*f)->on_item)
			(*f)->on_item(d, node, id, payload);
	}
}

void registry_attention(struct resource *r, bool is_awake)
{
	for (const struct feature *const *f = r->entity->realm->registry->features; *f; f++) {
		if ((*f)->on_attention)
			(*f)->on_attention(r, is_awake);
	}
}

void registry_member_news(struct home *h, struct str bare, const struct member_news *n)
{
	struct entity *e = entity_find(h, bare);

	for (const struct feature *const *f = h->registry->features; *f; f++) {
		if ((*f)->on_member_news)
			(*f)->on_member_news(h, bare, e, n);
	}
}

bool registry_may_read(const struct entity *e, struct jid who, struct arena *a,
		       struct query_view *ret_view)
{
	for (const struct feature *const *f = e->realm->registry->features; *f; f++) {
		if ((*f)->may_read)
			return (*f)->may_read(e, who, a, ret_view);
	}
	return false;
}
