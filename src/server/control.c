/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of all homes for the administrator, see control.h. */
#include "server/control.h"

#include "base/mem.h"
#include "server/route/census.h"
#include "server/route/removal.h"
#include "server/session/session.h"

enum { LIST_ARENA_MAX = 256 * 1024 * 1024 };

struct listing {
	struct arena arena;
	struct str user; /* bare; unset: all */
	unsigned max;
	struct admin_session *sessions; /* max of them */
	size_t count;
	void (*fn)(void *arg, const struct admin_session *sessions, size_t count);
	void *arg;
};

static void finish(void *arg)
{
	struct listing *l = arg;

	l->fn(l->arg, l->sessions, l->count);
	arena_done(&l->arena);
	mem_free(l);
}

static void note(struct listing *l, struct resource *res)
{
	const struct session *s = container_of(res, struct session, res);

	l->sessions[l->count++] =
		(struct admin_session){ .jid = arena_dup(&l->arena, res->jid.full),
					.peer = arena_dup(&l->arena, s->link ? s->peer : STR("")),
					.client = STR(""),
					.wall_since = s->wall_begun,
					.is_secure = s->is_secure,
					.is_detached = !s->link };
}

static void visit(struct entity *e, void *arg)
{
	struct listing *l = arg;

	if (l->user.ptr && !str_eq(l->user, e->jid.full))
		return;
	resource_each(res, &e->resources)
	{
		if (l->count < l->max)
			note(l, res);
	}
}

void control_list_sessions(void *owner, struct str user, unsigned max,
			   void (*fn)(void *arg, const struct admin_session *sessions,
				      size_t count),
			   void *arg)
{
	struct listing *l = mem_zalloc(1, sizeof(*l));

	arena_init(&l->arena, LIST_ARENA_MAX);
	l->user = user.len ? arena_dup(&l->arena, user) : STR_NONE;
	l->max = max;
	l->sessions = arena_zalloc(&l->arena, max * sizeof(*l->sessions));
	l->fn = fn;
	l->arg = arg;
	census_take(owner, visit, finish, l);
}

void control_end_sessions(void *owner, struct str jid, void (*fn)(void *arg, size_t count),
			  void *arg)
{
	census_end_sessions(owner, jid, STR("ended by the administrator"), fn, arg);
}

void control_remove_account(void *owner, struct str jid, void (*fn)(void *arg, enum err e),
			    void *arg)
{
	removal_start(owner, jid, fn, arg);
}

struct intake_limits control_import_limits(void *owner)
{
	const struct home *h = owner;

	return (struct intake_limits){
		.message_bytes = conf_size(h->conf, "limits.stanza_bytes"),
		.vcard_bytes = conf_size(h->conf, "limits.vcard_bytes"),
		.roster_items = (size_t)conf_int(h->conf, "limits.roster_items"),
		.private_bytes = conf_size(h->conf, "limits.private_bytes"),
		.private_elements = (size_t)conf_int(h->conf, "limits.private_elements"),
		.pep_nodes = (size_t)conf_int(h->conf, "limits.pep_nodes"),
		.pep_items = (size_t)conf_int(h->conf, "limits.pep_items"),
		.pep_node_items = (size_t)conf_int(h->conf, "limits.pep_node_items"),
		.pep_item_bytes = conf_size(h->conf, "limits.pep_item_bytes"),
		.pep_bytes = conf_size(h->conf, "limits.pep_bytes"),
		.blocked = (size_t)conf_int(h->conf, "limits.blocked_addresses"),
	};
}
