/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations as people see them, see push_list.h. */
#include "server/push/push_list.h"

#include "base/mem.h"
#include "codec/url.h"
#include "server/push/push-private.h"
#include "server/route/errand.h"

enum { LIST_ARENA_MAX = 1024 * 1024 /* bytes */ };

static struct push_view view_of(const struct push_line *line)
{
	const struct push_target *t = line->target;
	struct push_view v = { .service = t->jid,
			       .node = str_sub(t->node, 0, PUSH_SHOWN_NODE),
			       .room = t->room,
			       .device = t->resource,
			       .wall_enabled = t->wall_enabled,
			       .wall_pushed = t->wall_pushed,
			       .wall_answered = t->wall_answered,
			       .answer = str_from(t->answer),
			       .failures = t->failures,
			       .waiting = line->due_count,
			       .is_web = t->web.endpoint.len > 0,
			       .is_disabled = t->is_disabled };
	struct url url;

	/* The rest of the URL is as good as a key. */
	if (v.is_web)
		v.service = url_read(t->web.endpoint, &url) ? STR("") : url.origin;
	return v;
}

size_t push_views(const struct entity *e, struct push_view ret_views[PUSH_LINES_MAX])
{
	size_t count = 0;

	if (!e->push)
		return 0;
	list_each (link, &e->push->lines) {
		if (count < PUSH_LINES_MAX)
			ret_views[count++] = view_of(list_entry(link, struct push_line, link));
	}
	return count;
}

/* ---- from elsewhere ---- */

struct listing {
	struct arena arena;
	struct push_view views[PUSH_LINES_MAX];
	size_t count;
	push_list_fn *fn;
	void *arg;
};

static void look(struct dispatch *d, void *arg)
{
	struct listing *l = arg;

	l->count = push_views(d->entity, l->views);
	for (size_t i = 0; i < l->count; i++) {
		struct push_view *v = &l->views[i];

		v->service = arena_dup(&l->arena, v->service);
		v->node = arena_dup(&l->arena, v->node);
		v->room = arena_dup(&l->arena, v->room);
		v->device = arena_dup(&l->arena, v->device);
		v->answer = arena_dup(&l->arena, v->answer);
	}
}

static void on_looked(void *arg, enum err err)
{
	struct listing *l = arg;

	l->fn(l->arg, err, l->views, err ? 0 : l->count);
	arena_done(&l->arena);
	mem_free(l);
}

void push_list(struct home *h, struct str owner, push_list_fn *fn, void *arg)
{
	struct listing *l = mem_zalloc(1, sizeof(*l));

	arena_init(&l->arena, LIST_ARENA_MAX);
	l->fn = fn;
	l->arg = arg;
	errand_run(h, owner, look, on_looked, l);
}

/* ---- signed out ---- */

static void forget(struct dispatch *d, void *arg)
{
	struct push *p = d->entity->push;

	if (!p)
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (str_eq(line->target->client, str_from(arg)))
			push_line_remove(d, line);
	}
}

static void on_forgotten(void *arg, enum err err)
{
	(void)err; /* the account has gone, or is read again with what it has */
	mem_free(arg);
}

void push_sign_out(struct home *h, struct str owner, struct str client)
{
	errand_run(h, owner, forget, on_forgotten, str_dup(client));
}
