/* SPDX-License-Identifier: Apache-2.0 */
/* News of conversations, see inbox_tell.h. One look at a time for an account: what changes while it
 * is under way is gathered for the next, so that much traffic costs few looks. */
#include "server/inbox/inbox_tell.h"

#include "base/mem.h"
#include "server/inbox/inbox_entry.h"
#include "server/route/router.h"

/* The words of rooms are not delivered to members who are not there; all others are. */
static void tell_one(struct dispatch *d, struct resource *r, const struct inbox_talk *t)
{
	struct inbox_letter letter = { .to = r->jid.full, .has_message = t->is_room };
	struct bytes *bytes = inbox_entry(d, t, &letter);

	dispatch_deliver_bytes(d, r, bytes);
	(void)bytes_unref(bytes);
}

static void next(struct entity *e, void *arg, enum err err)
{
	struct inbox *x = e->conversations;

	(void)arg;
	(void)err;
	if (!x)
		return;
	x->is_telling = false;
	if (x->changed_count || x->is_all_changed)
		inbox_tell(e);
}

static void tell(struct dispatch *d)
{
	const struct inbox_view *v = d->wait_arg;

	if (v->err)
		log_error(&d->entity->log, "conversations cannot be read", F_ERR(v->err));
	for (size_t i = v->count; i-- > 0 && !v->err;) { /* the newest last */
		resource_each(r, &d->entity->resources)
		{
			if (r->watches_inbox)
				tell_one(d, r, &v->talks[i]);
		}
	}
	dispatch_call(d, next, NULL);
}

/* What has changed until now is looked at. */
static void take_changed(struct dispatch *d, struct inbox_view *v)
{
	struct inbox *x = d->entity->conversations;
	struct str *only = arena_alloc(d->arena, (x->changed_count + 1) * sizeof(*only));

	for (unsigned i = 0; i < x->changed_count; i++) {
		only[i] = arena_dup(d->arena, x->changed[i]);
		mem_free((void *)(uintptr_t)x->changed[i].ptr);
	}
	v->only = only;
	v->only_count = x->changed_count;
	v->is_all = x->is_all_changed;
	x->changed_count = 0;
	x->is_all_changed = false;
}

static void act(struct dispatch *d, void *arg)
{
	struct inbox_view *v;

	(void)arg;
	if (!d->entity->conversations)
		return;
	if (d->entity->state == ENTITY_ABSENT) {
		d->entity->conversations->is_telling = false;
		return;
	}
	v = arena_new(d->arena, struct inbox_view);
	take_changed(d, v);
	(void)inbox_look(d, v, tell);
}

void inbox_tell(struct entity *e)
{
	struct inbox *x = e->conversations;

	if (x->is_telling || !(x->changed_count || x->is_all_changed))
		return;
	x->is_telling = true;
	router_act_in_order(e, act, NULL);
}
