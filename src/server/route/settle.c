/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a dispatch, see settle.h. */
#include "server/route/settle.h"

#include "base/mem.h"

enum { ERROR_ARENA_MAX = 64 * 1024 /* bytes */ };

static bool is_room(const struct home *h, struct jid to)
{
	const struct realm *realm = home_realm(h, to.domain);

	return realm && !realm->has_accounts && to.node.len;
}

/* The error for what led to s goes to its sender, behind nothing: s stood in front. */
static void answer_error(struct slot *s, enum condition why, bool is_refusal)
{
	struct entity *e = s->entity;
	struct arena a scoped(arena_done) = { 0 };
	struct stanza origin = { .kind = s->origin.kind,
				 .type = s->origin.type,
				 .id = s->origin.id };
	struct effect effect = { .kind = s->way == WAY_OUT ? EFFECT_DELIVER : EFFECT_ROUTE,
				 .resource = s->resource };
	static const char *const names[] = { "message", "presence", "iq" };

	arena_init(&a, ERROR_ARENA_MAX);
	if (!reply_may_error(&origin) || !s->origin.from.len)
		return;
	origin.el = xml_new(&a, STR("jabber:client"), str_from(names[s->origin.kind]));
	xml_set(&a, origin.el, STR("from"), s->origin.from);
	if (s->origin.to.len)
		xml_set(&a, origin.el, STR("to"), s->origin.to);
	if (s->origin.id.ptr)
		xml_set(&a, origin.el, STR("id"), s->origin.id);
	if (jid_parse(&a, s->origin.from, &origin.from) ||
	    (s->origin.to.len && jid_parse(&a, s->origin.to, &origin.to)))
		return;
	effect.el = reply_error(&a, &origin, why,
				s->refusal_text ? bytes_str(s->refusal_text) : STR_NONE);
	if (s->is_refusal_brief)
		reply_error_wait(&a, effect.el);
	if (is_refusal && is_room(e->home, origin.to)) /* as in dispatch_error_new */
		reply_error_by(&a, effect.el, jid_bare_str(origin.to));
	e->home->ops->perform(e, &effect);
	(void)bytes_unref(effect.bytes);
}

static void on_commit_failed(struct slot *s)
{
	log_error(&s->entity->log, "commit failed", F_ERR(s->err));
	answer_error(s,
		     s->err == ERR_NO_SPACE || s->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
								  : COND_INTERNAL_SERVER_ERROR,
		     false);
	/* What memory says may differ from the store now. */
	entity_reload(s->entity);
}

static void on_refused(struct slot *s)
{
	answer_error(s, (enum condition)s->refusal, true);
}

void settle_refused(struct slot *s)
{
	s->seq = 0; /* the place in the archive is void */
	s->on_fail = on_refused;
	outbox_resolve(s, ERR_DENIED);
}

struct slot *settle_slot(struct dispatch *d, enum slot_state state)
{
	struct slot *s = outbox_add(&d->entity->outbox, state,
				    &(struct slot_origin){ .kind = d->stanza.kind,
							   .type = d->stanza.type,
							   .id = d->stanza.id,
							   .from = d->stanza.from.full,
							   .to = d->stanza.to.full });

	s->way = d->way;
	s->resource = d->resource_id;
	slot_set_effects(s, dispatch_take_effects(d));
	s->on_fail = on_commit_failed;
	return s;
}

/* Effects that need not wait, without a copy: all of them, or (only_routes) what goes to other
 * addresses, where their own outboxes keep the order with what was sent there before; unless
 * something of ours for other addresses waits. The others stay. */
static void perform_now(struct dispatch *d, bool only_routes)
{
	struct effect *effect = d->effects;

	d->effects = NULL;
	d->last_effect = &d->effects;
	while (effect) {
		struct effect *next = effect->next;

		effect->next = NULL;
		if (only_routes && !effect_leaves(effect)) {
			*d->last_effect = effect;
			d->last_effect = &effect->next;
		} else {
			d->home->ops->perform(d->entity, effect);
			effect_done(effect);
		}
		effect = next;
	}
}

void settle(struct dispatch *d)
{
	struct slot *s;

	if (txn_is_empty(d->txn)) {
		bool has_waiting = !outbox_is_empty(&d->entity->outbox);

		if (!d->entity->outbox.routes)
			perform_now(d, has_waiting);
		if (d->effects)
			(void)settle_slot(d, SLOT_DONE);
		outbox_pump(&d->entity->outbox);
		return;
	}
	s = settle_slot(d, SLOT_READY);
	s->txn = d->txn;
	d->txn = NULL;
	s->seq = d->seq;
	outbox_pump(&d->entity->outbox);
}

/* The account may have gone meanwhile, and with it what features keep of it: dispatch_resume
 * answers.
 */
static void take_turn(struct dispatch *d)
{
	if (d->entity->state == ENTITY_ABSENT)
		dispatch_resume(d);
	else
		d->on_turn(d);
}

enum verdict settle_in_turn(struct dispatch *d, void (*turn)(struct dispatch *d),
			    void (*fn)(struct dispatch *d))
{
	struct entity *e = d->entity;
	struct slot *s;

	must(!d->proposal && !d->has_propose);
	if (d->resource && d->resource->ops->on_store && !txn_is_empty(d->txn))
		d->resource->ops->on_store(d->resource, d->txn);
	e->busy++; /* nothing else is handled before d has its place */
	settle(d);
	e->busy--;
	s = settle_slot(d, SLOT_TURN);
	s->on_turn = take_turn;
	d->on_turn = turn;
	s->drop = dispatch_end;
	s->dispatch = d;
	d->turn = s;
	d->is_waiting = true;
	d->resumed = fn;
	outbox_pump(&e->outbox);
	return WAIT;
}

void settle_turn(struct dispatch *d)
{
	struct slot *s = d->turn;

	must(txn_is_empty(d->txn)); /* later stanzas may be with the store already: their counts
				       would not be true */
	d->turn = NULL;
	s->dispatch = NULL;
	slot_set_effects(s, dispatch_take_effects(d));
	outbox_resolve(s, OK);
}

enum verdict settle_alone(struct dispatch *d, void (*turn)(struct dispatch *d),
			  void (*fn)(struct dispatch *d))
{
	d->is_alone = true;
	d->entity->held++;
	return settle_in_turn(d, turn, fn);
}

void settle_leave_turn(struct dispatch *d)
{
	struct slot *s = d->turn;

	d->turn = NULL;
	s->dispatch = NULL;
	outbox_resolve(s, OK);
}
