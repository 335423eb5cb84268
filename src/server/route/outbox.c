/* SPDX-License-Identifier: Apache-2.0 */
/* Order and durability of what an entity's stanzas lead to, see outbox.h. */
#include "server/route/outbox.h"

#include "base/mem.h"

void outbox_init(struct outbox *o, struct entity *entity, const struct outbox_ops *ops)
{
	*o = (struct outbox){ .ops = ops, .entity = entity };
	list_init(&o->slots);
}

void effects_free(struct effect *list)
{
	while (list) {
		struct effect *next = list->next;

		effect_done(list);
		mem_free(list);
		list = next;
	}
}

static struct str put(char **at, struct str s)
{
	char *p = *at;

	if (s.len)
		memcpy(p, s.ptr, s.len);
	*at += s.len;
	return s.ptr ? str_make(p, s.len) : STR_NONE;
}

static bool has_own_txn(enum slot_state state)
{
	return state == SLOT_ASKING || state == SLOT_READY || state == SLOT_COMMITTED;
}

struct slot *outbox_add(struct outbox *o, enum slot_state state, const struct slot_origin *origin)
{
	struct slot *s = mem_alloc(sizeof(*s) + origin->id.len + origin->from.len + origin->to.len);
	char *at = s->name;

	*s = (struct slot){ .outbox = o,
			    .entity = o->entity,
			    .state = state,
			    .origin = { .kind = origin->kind, .type = origin->type } };
	s->origin.id = put(&at, origin->id);
	s->origin.from = put(&at, origin->from);
	s->origin.to = put(&at, origin->to);
	list_append(&o->slots, &s->link);
	o->count++;
	o->txns += has_own_txn(state);
	if (!o->unsent)
		o->unsent = s;
	return s;
}

static bool has_route(const struct effect *list)
{
	while (list && !effect_leaves(list))
		list = list->next;
	return list != NULL;
}

void slot_set_effects(struct slot *s, struct effect *effects)
{
	s->effects = effects;
	s->outbox->routes += has_route(effects);
}

static void on_commit(struct txn *t)
{
	struct slot *s = t->arg;
	enum err err = t->err;

	s->txn = NULL;
	txn_free(&t);
	if (s->proposal)
		s->outbox->ops->committed(s->entity, &s->proposal, err);
	outbox_resolve(s, err);
}

static void submit(struct slot *s)
{
	s->state = SLOT_COMMITTED;
	s->txn->done = on_commit;
	s->txn->arg = s;
	s->outbox->ops->submit(s->entity, s->txn);
}

static struct slot *slot_after(const struct outbox *o, const struct slot *s)
{
	return s->link.next == &o->slots ? NULL : list_entry(s->link.next, struct slot, link);
}

/* In order: a txn is not handed over before those of earlier stanzas, so that the count of XEP-0198
 * in it is true. */
static void submit_ready(struct outbox *o)
{
	while (o->unsent && o->unsent->state != SLOT_ASKING) {
		struct slot *s = o->unsent;

		o->unsent = slot_after(o, s);
		if (s->state == SLOT_READY)
			submit(s);
	}
}

static void perform_all(struct outbox *o, struct effect *list)
{
	while (list) {
		struct effect *effect = list;

		list = effect->next;
		effect->next = NULL;
		o->ops->perform(o->entity, effect);
		effects_free(effect);
	}
}

static void fail_calls(struct entity *e, struct effect *list, enum err err)
{
	for (; list; list = list->next) {
		if (list->kind == EFFECT_CALL)
			list->call(e, list->arg, err);
	}
}

static void release(struct slot *s)
{
	struct outbox *o = s->outbox;
	struct effect *effects = s->effects;

	s->effects = NULL;
	if (o->unsent == s)
		o->unsent = slot_after(o, s);
	list_remove(&s->link);
	o->count--;
	o->routes -= has_route(effects);
	o->is_releasing = true;
	if (s->seq)
		o->newest = s->seq;
	if (s->err) {
		fail_calls(s->entity, effects, s->err);
		effects_free(effects);
		if (s->on_fail)
			s->on_fail(s);
	} else {
		perform_all(o, effects);
	}
	o->is_releasing = false;
	(void)bytes_unref(s->refusal_text);
	mem_free(s);
}

static void take_turn(struct slot *s)
{
	void (*fn)(struct dispatch * d) = s->on_turn;

	s->on_turn = NULL;
	fn(s->dispatch);
}

void outbox_pump(struct outbox *o)
{
	struct entity *e = o->entity;

	submit_ready(o);
	if (o->is_releasing)
		return; /* who releases goes on */
	o->ops->pin(e);
	while (!list_is_empty(&o->slots)) {
		struct slot *s = list_entry(o->slots.next, struct slot, link);

		if (s->state == SLOT_TURN && s->on_turn && !o->ops->is_busy(e)) {
			take_turn(s); /* s may be gone */
			continue;
		}
		if (s->state != SLOT_DONE)
			break;
		release(s);
	}
	o->ops->wake(e);
	o->ops->unpin(e); /* may be the end of e */
}

void outbox_resolve(struct slot *s, enum err err)
{
	s->outbox->txns -= has_own_txn(s->state);
	s->state = SLOT_DONE;
	s->err = err;
	outbox_pump(s->outbox);
}

int64_t outbox_visible(const struct outbox *o, int64_t last_seq)
{
	list_each (link, (struct list *)(uintptr_t)&o->slots) {
		struct slot *s = list_entry(link, struct slot, link);

		if (s->seq)
			return s->seq - 1;
	}
	return last_seq ? last_seq : 1;
}

void outbox_done(struct outbox *o)
{
	list_each (link, &o->slots) {
		struct slot *s = list_entry(link, struct slot, link);

		list_remove(link);
		effects_free(s->effects);
		if (s->state != SLOT_COMMITTED)
			txn_free(&s->txn);
		if (s->dispatch)
			s->drop(s->dispatch);
		(void)bytes_unref(s->refusal_text);
		mem_free(s);
	}
	o->unsent = NULL;
	o->count = o->routes = o->txns = 0;
}
