/* SPDX-License-Identifier: Apache-2.0 */
/* The router, see router.h: RFC 6121 8 and docs/routing.md. */
#include "server/route/router.h"

#include "base/metric.h"
#include "server/route/hold.h"
#include "server/route/nobody.h"
#include "server/route/post.h"
#include "server/route/presence_view.h"
#include "server/route/proposal.h"
#include "server/route/receipt.h"
#include "server/route/registry.h"
#include "server/route/remote.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"
#include "server/route/settle.h"
#include "server/route/share.h"
#include "xml/build.h"
#include "xmpp/ns.h"

/* Stanzas that lead to stanzas that lead to stanzas: past this they go through the mailbox. */
enum { DEPTH_MAX = 6 };

/* ---- the end of a dispatch ---- */

static void on_durable(struct entity *e, void *arg, enum err err)
{
	(void)e;
	(void)err; /* whoever has sent it has heard of that */
	receipt_give(arg);
}

static void finish(struct dispatch *d)
{
	bool is_alone = d->turn && d->is_alone;
	struct entity *e = d->entity;

	if (d->resource_id)
		d->resource = resource_by_id(&d->entity->resources, d->resource_id);
	if (d->receipt)
		dispatch_call(d, on_durable, d->receipt);
	d->receipt = NULL;
	if (is_alone)
		settle_leave_turn(d);
	if (d->turn)
		settle_turn(d);
	else if (d->proposal)
		proposal_answer(d);
	else {
		if (d->resource && d->resource->ops->on_store &&
		    (d->has_propose || !txn_is_empty(d->txn)))
			d->resource->ops->on_store(d->resource, dispatch_txn(d));
		if (d->has_propose && !d->has_refusal)
			proposal_make(d);
		else
			settle(d);
	}
	d->home->depth--;
	dispatch_end(d);
	if (is_alone) { /* pinned by dispatch_resume */
		e->held--;
		entity_wake(e);
	}
}

/* The server itself is the entity without a node. */
static bool is_server(const struct dispatch *d)
{
	return !d->entity->jid.node.len;
}

static enum way hooks_way(const struct dispatch *d)
{
	return is_server(d) ? WAY_SERVER : d->way;
}

static void run_hooks(struct dispatch *d)
{
	enum way way = hooks_way(d);
	size_t count;
	const struct hook *const *hooks =
		registry_hooks(d->entity->realm->registry, d->stanza.kind, way, &count);

	while (d->next_hook < count) {
		enum verdict v = hooks[d->next_hook++]->run(d);

		if (v == WAIT) {
			d->home->depth--;
			return;
		}
		if (v == DONE) {
			finish(d);
			return;
		}
	}
	if (way == WAY_SERVER && d->stanza.kind == STANZA_MESSAGE)
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	finish(d);
}

void dispatch_resume(struct dispatch *d)
{
	struct entity *e = d->entity;
	void (*fn)(struct dispatch * d) = d->resumed;
	bool is_gone;

	d->is_waiting = false;
	d->resumed = NULL;
	d->home->depth++;
	entity_pin(e);
	if (!d->turn)
		e->busy--;
	if (d->resource_id)
		d->resource =
			resource_by_id(&e->resources,
				       d->resource_id); /* its session may have ended meanwhile */
	/* What features keep of the account is gone. */
	is_gone = e->state == ENTITY_ABSENT && (d->turn || d->stanza.el);
	if (is_gone)
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	else if (fn)
		fn(d);
	if (d->is_waiting)
		d->home->depth--;
	else if (d->stanza.kind == STANZA_IQ || !d->stanza.el || fn || is_gone)
		finish(d);
	else
		run_hooks(d);
	outbox_pump(&e->outbox);
	entity_unpin(e);
}

/* ---- iq ---- */

/* A stranger gets the answer that nobody's account gives (RFC 6121 8.5.1), whatever he asks. */
static bool is_kept_from(const struct dispatch *d, const struct iq_handler *h)
{
	return d->target == TARGET_OTHER && d->entity->realm->has_accounts &&
	       !(h->targets & TARGET_STRANGER) && !roster_may_see(d->entity, d->stanza.from);
}

static void run_iq(struct dispatch *d, enum target target)
{
	const struct iq_handler *h;

	d->target = target;
	if (d->stanza.type != IQ_GET && d->stanza.type != IQ_SET) {
		registry_answer(d); /* perhaps a feature has asked */
		finish(d);
		return;
	}
	if (!stanza_payload(&d->stanza)) {
		(void)dispatch_error(d, COND_BAD_REQUEST);
		finish(d);
		return;
	}
	h = registry_iq(d->entity->realm->registry, &d->stanza, target);
	if (!h || is_kept_from(d, h)) {
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
		finish(d);
		return;
	}
	if (h->run(d) == WAIT)
		d->home->depth--;
	else
		finish(d);
}

/* Whether a guard has dealt with it. */
static bool is_stopped(struct dispatch *d)
{
	size_t count;
	const struct hook *const *hooks =
		registry_hooks(d->entity->realm->registry, STANZA_IQ, hooks_way(d), &count);

	for (size_t i = 0; i < count; i++) {
		enum verdict v = hooks[i]->run(d);

		must(v != WAIT);
		if (v == DONE)
			return true;
	}
	return false;
}

static void out_iq(struct dispatch *d)
{
	struct jid to = d->stanza.to;

	if (is_stopped(d)) {
		finish(d);
		return;
	}

	if (!jid_is_set(to) || (jid_bare_eq(to, d->entity->jid) && !jid_is_full(to))) {
		run_iq(d, TARGET_SELF);
	} else if (!to.node.len && !to.resource.len && str_eq(to.domain, d->home->domain)) {
		run_iq(d, TARGET_DOMAIN);
	} else {
		dispatch_route(d, d->stanza.el);
		finish(d);
	}
}

/* RFC 6121 8.5.2.2, 8.5.3: to a resource it is for the client, to the account for the server. */
static void in_iq(struct dispatch *d)
{
	struct resource *r;

	if (is_stopped(d)) {
		finish(d);
		return;
	}
	if (is_server(d) && !jid_is_full(d->stanza.to)) {
		run_iq(d, TARGET_SERVER);
		return;
	}
	if (!jid_is_full(d->stanza.to)) {
		run_iq(d, TARGET_OTHER);
		return;
	}
	if (stanza_payload(&d->stanza) &&
	    registry_iq(d->home->registry, &d->stanza, TARGET_RESOURCE)) {
		run_iq(d, TARGET_RESOURCE);
		return;
	}
	r = resource_by_name(&d->entity->resources, d->stanza.to.resource);
	if (r)
		dispatch_deliver(d, r, d->stanza.el);
	else
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	finish(d);
}

/* ---- out: from an own resource ---- */

static void count_stanza(const struct stanza *s)
{
	static const enum metric by_type[] = { [MESSAGE_NORMAL] = METRIC_MESSAGE_NORMAL,
					       [MESSAGE_CHAT] = METRIC_MESSAGE_CHAT,
					       [MESSAGE_GROUPCHAT] = METRIC_MESSAGE_GROUPCHAT,
					       [MESSAGE_HEADLINE] = METRIC_MESSAGE_OTHER,
					       [MESSAGE_ERROR] = METRIC_MESSAGE_OTHER };

	if (s->kind == STANZA_MESSAGE)
		metric_inc(s->type < array_len(by_type) ? by_type[s->type] : METRIC_MESSAGE_OTHER);
	else
		metric_inc(s->kind == STANZA_PRESENCE ? METRIC_PRESENCE : METRIC_IQ);
}

void router_receive(struct dispatch *d, struct xml *el)
{
	enum stanza_fault fault = stanza_read(d->arena, el, &d->stanza);

	d->home->depth++;
	d->resource_id = d->resource ? d->resource->id : 0;
	if (fault == STANZA_NOT_A_STANZA) {
		d->stanza = (struct stanza){ .kind = STANZA_IQ,
					     .type = IQ_RESULT }; /* nobody is answered */
		if (d->resource)
			d->resource->ops->on_nonza(d->resource, d, el);
		finish(d);
		return;
	}
	if (d->resource)
		d->resource->ops->on_handled(d->resource);
	if (fault) {
		(void)dispatch_error(d, fault == STANZA_BAD_TO ? COND_JID_MALFORMED
							       : COND_BAD_REQUEST);
		finish(d);
		return;
	}
	count_stanza(&d->stanza);
	if (d->stanza.kind == STANZA_IQ)
		out_iq(d);
	else
		run_hooks(d);
}

void router_receive_later(struct dispatch *d, struct xml *el)
{
	struct parcel *p = parcel_new(d->home, d->entity->jid.full, WAY_OUT, dispatch_bytes(d, el));

	p->resource = d->resource->id;
	p->received = d->received;
	entity_queue(d->entity, p);
	dispatch_end(d);
}

/* ---- in: to an entity ---- */

static void run_in(struct dispatch *d)
{
	d->home->depth++;
	if (d->stanza.kind == STANZA_IQ)
		in_iq(d);
	else
		run_hooks(d);
}

static bool parse_parcel(struct dispatch *d, struct parcel *p)
{
	struct str text = arena_dup(d->arena, bytes_str(p->stanza));
	struct xml *el;

	if (xml_parse(d->arena, text, &post_scope, &post_limits, &el))
		return false;
	d->received = p->received;
	if (p->way == WAY_IN)
		return stanza_read(d->arena, el, &d->stanza) == STANZA_OK;
	d->stanza.el = el;
	return true;
}

static void act_parcel(struct entity *e, struct parcel *p)
{
	router_act(e, p->act, p->arg);
	parcel_free(p);
}

static void handle_parcel(struct entity *e, struct parcel *p)
{
	struct dispatch *d;

	if (p->act) {
		act_parcel(e, p);
		return;
	}
	d = dispatch_begin(e, p->way, NULL);
	if (p->way == WAY_OUT) {
		d->resource_id = p->resource;
		d->resource = resource_by_id(&e->resources, p->resource);
	}
	if (!parse_parcel(d, p)) {
		log_error(&e->log, "a stanza between loops could not be read",
			  F_INT("bytes", p->stanza->len));
		if (p->proposal)
			proposal_refuse(&p->proposal, COND_INTERNAL_SERVER_ERROR);
		dispatch_end(d);
		parcel_free(p);
		return;
	}
	d->proposal = p->proposal;
	if (p->proposal) {
		d->txn = proposal_txn(p->proposal);
		d->is_txn_borrowed = true;
	}
	d->receipt = p->receipt;
	p->receipt = NULL;
	parcel_free(p);
	if (d->way == WAY_OUT)
		router_receive(d, d->stanza.el);
	else
		run_in(d);
}

static bool is_told(const struct dispatch *d, enum err why)
{
	/* What was for the server, who has passed it on (feature/privilege), hides nobody. */
	if (d->way == WAY_IN && why == ERR_NOT_FOUND && d->stanza.to.node.len)
		return nobody_answers(d->home, &d->stanza);
	return d->stanza.kind != STANZA_PRESENCE;
}

/* To a message of this server that was to be stored, from whom waits for the answer. */
static void refuse_proposal(struct dispatch *d, struct proposal **p, enum condition c)
{
	if (c == COND_SERVICE_UNAVAILABLE && d->stanza.el && nobody_is_hidden(d->home) &&
	    !nobody_answers(d->home, &d->stanza))
		proposal_take(p);
	else
		proposal_refuse(p, c);
}

/* RFC 6121 4.3.2: what was once a subscription is none any longer. */
static bool is_probe_of_nobody(const struct dispatch *d, enum err why)
{
	return d->way == WAY_IN && why == ERR_NOT_FOUND && d->stanza.kind == STANZA_PRESENCE &&
	       d->stanza.type == PRESENCE_PROBE && jid_is_set(d->stanza.from);
}

/* The entity does not exist, or is full. RFC 6121 8.5.1. */
static void refuse_parcel(struct entity *e, struct parcel *p, enum err why)
{
	enum condition c = why == ERR_NOT_FOUND ? COND_SERVICE_UNAVAILABLE
			   : why == ERR_BUSY    ? COND_RESOURCE_CONSTRAINT
						: COND_INTERNAL_SERVER_ERROR;
	struct dispatch *d;
	bool is_read;

	if (p->act) {
		act_parcel(e, p);
		return;
	}
	d = dispatch_begin(e, p->way, NULL);
	d->resource_id = p->resource;
	d->home->depth++;
	is_read = parse_parcel(d, p) && (p->way == WAY_IN || stanza_read(d->arena, d->stanza.el,
									 &d->stanza) == STANZA_OK);
	if (p->proposal)
		refuse_proposal(d, &p->proposal, c);
	else if (is_read && is_probe_of_nobody(d, why))
		dispatch_route(d, presence_new(d->arena, STR("unsubscribed"), e->jid.full,
					       jid_bare_str(d->stanza.from)));
	else if (is_read && is_told(d, why))
		(void)dispatch_error(d, c);
	d->receipt = p->receipt;
	p->receipt = NULL;
	parcel_free(p);
	finish(d);
}

/* ---- routing ---- */

static bool needs_loading(const struct home *h, const struct realm *realm, const struct stanza *s)
{
	if (!realm->has_accounts)
		return reply_may_error(s) || s->kind == STANZA_PRESENCE;
	switch (s->kind) {
	case STANZA_IQ:
		return !jid_is_full(s->to) && (s->type == IQ_GET || s->type == IQ_SET);
	case STANZA_PRESENCE:
		return s->type >= PRESENCE_SUBSCRIBE && s->type <= PRESENCE_PROBE;
	case STANZA_MESSAGE:
		return nobody_answers(h, s);
	}
	return false;
}

/* Back to whom s is from, as if its receiver had answered. */
static void bounce(struct entity *e, struct dispatch *around, const struct stanza *s,
		   enum condition c);

static void route_to(struct entity *from, struct dispatch *around, const struct stanza *s,
		     struct bytes **bytes)
{
	struct home *h = from->home;
	struct str bare = jid_bare_str(s->to);
	struct home *there = home_of(h, bare);
	struct entity *to = there == h ? entity_find(h, bare) : NULL;
	struct parcel *p;

	if (there == h && !to && !needs_loading(h, home_realm(h, s->to.domain), s)) {
		if (s->kind == STANZA_IQ)
			bounce(from, around, s, COND_SERVICE_UNAVAILABLE);
		return;
	}
	if (to && entity_is_free(to) && h->depth < DEPTH_MAX) {
		struct dispatch *d = dispatch_begin(to, WAY_IN, around);

		d->stanza = *s;
		if (s->kind == STANZA_MESSAGE)
			d->stanza.el = xml_copy(d->arena, s->el); /* hooks add and strip children */
		d->received = around->received;
		run_in(d);
		return;
	}
	if (!*bytes)
		*bytes = dispatch_bytes(around, s->el);
	p = parcel_new(there, bare, WAY_IN, *bytes);
	*bytes = NULL;
	p->received = around->received;
	if (there == h && h->depth >= DEPTH_MAX)
		parcel_post_later(p);
	else
		parcel_post(p);
}

static void bounce(struct entity *e, struct dispatch *around, const struct stanza *s,
		   enum condition c)
{
	struct stanza error;
	struct xml *el;
	struct bytes *none = NULL;

	if (!reply_may_error(s))
		return;
	el = reply_error(around->arena, s, c, STR_NONE);
	if (stanza_read(around->arena, el, &error) == STANZA_OK && jid_is_set(error.to) &&
	    error.to.node.len)
		route_to(e, around, &error, &none);
	(void)bytes_unref(none);
}

/* To another domain: a service, or another server. */
static void route_out(struct entity *e, struct dispatch *d, const struct stanza *s,
		      struct effect *effect)
{
	struct home *h = e->home;

	if (!services_find(h->services, s->to.domain) && !h->remote_ops) {
		bounce(e, d, s, COND_REMOTE_SERVER_NOT_FOUND);
		return;
	}
	if (!effect->bytes)
		effect->bytes = dispatch_bytes(d, s->el);
	if (!service_post(h, s->to.domain, effect->bytes, effect->is_quiet))
		must(remote_post(h, s->to.domain, effect->bytes, effect->is_quiet));
}

static void route(struct entity *e, struct effect *effect)
{
	/* Around the effect's own dispatch: what handles el may wait, and el must last as long. */
	struct dispatch *d = dispatch_begin(e, WAY_OUT, effect->el ? effect->dispatch : NULL);
	struct xml *el = effect->el;
	struct stanza s;

	if (!el && xml_parse(d->arena, arena_dup(d->arena, bytes_str(effect->bytes)), &post_scope,
			     &post_limits, &el))
		el = NULL;
	d->received = effect->received;
	if (el && stanza_read(d->arena, el, &s) == STANZA_OK && jid_is_set(s.to)) {
		const struct realm *realm = home_realm(d->home, s.to.domain);

		if (!realm)
			route_out(e, d, &s, effect);
		else if (!s.to.node.len && realm->has_accounts && e->realm->has_accounts)
			bounce(e, d, &s, COND_SERVICE_UNAVAILABLE);
		else
			route_to(e, d, &s, &effect->bytes);
	}
	dispatch_end(d);
}

static void deliver(struct entity *e, struct resource *r, struct effect *effect)
{
	if (!effect->bytes) {
		struct dispatch *d = dispatch_begin(e, WAY_OUT, NULL);

		effect->bytes = dispatch_bytes(d, effect->el);
		dispatch_end(d);
	}
	if (!effect->bytes->len || hold_back(r, effect))
		return;
	if (effect->received)
		metric_observe(METRIC_DELIVERY, clock_now() - effect->received);
	r->ops->deliver(r, effect->bytes, effect->seq);
}

static void perform(struct entity *e, struct effect *effect)
{
	struct resource *r;

	switch (effect->kind) {
	case EFFECT_DELIVER:
		r = resource_by_id(&e->resources, effect->resource);
		if (r)
			deliver(e, r, effect);
		break;
	case EFFECT_ROUTE:
		route(e, effect);
		break;
	case EFFECT_SHARE:
		if (effect->bytes->len)
			share_send(e->home, effect->audience, &effect->view, effect->bytes,
				   effect->received);
		break;
	case EFFECT_CALL:
		effect->call(e, effect->arg, OK);
		break;
	}
}

void router_act(struct entity *e, void (*fn)(struct dispatch *d, void *arg), void *arg)
{
	struct dispatch *d = dispatch_begin(e, WAY_OUT, NULL);

	d->home->depth++;
	d->stanza.kind = STANZA_IQ;
	d->stanza.type = IQ_RESULT; /* nobody is answered */
	fn(d, arg);
	if (d->is_waiting)
		d->home->depth--;
	else
		finish(d);
}

void router_act_in_order(struct entity *e, void (*fn)(struct dispatch *d, void *arg), void *arg)
{
	struct parcel *p;

	if (entity_is_free(e)) {
		router_act(e, fn, arg);
		return;
	}
	p = parcel_new(e->home, e->jid.full, WAY_OUT, NULL);
	p->act = fn;
	p->arg = arg;
	entity_queue(e, p);
}

const struct home_ops router_ops = { .handle = handle_parcel,
				     .refuse = refuse_parcel,
				     .perform = perform,
				     .run_in = run_in,
				     .committed = proposal_committed,
				     .loaded = registry_loaded,
				     .unload = registry_unload };
