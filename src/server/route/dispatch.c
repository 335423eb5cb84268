/* SPDX-License-Identifier: Apache-2.0 */
/* One stanza being handled, see dispatch.h. Dispatches are used again: their arenas keep a chunk.
 */
#include "server/route/dispatch.h"

#include "base/mem.h"
#include "server/route/audience.h"
#include "server/route/blocking.h"
#include "server/route/held.h"
#include "server/route/receipt.h"
#include "xml/write.h"
#include "xmpp/ns.h"
#include "xmpp/stanza_text.h"

enum {
	ARENA_MAX = 8 * 1024 * 1024 /* bytes of one stanza and all that it leads to */,
	SPARES_MAX = 64
};

struct dispatch *dispatch_begin(struct entity *e, enum way way, struct dispatch *around)
{
	struct home *h = e->home;
	struct dispatch *d;

	if (list_is_empty(&h->dispatches)) {
		d = mem_zalloc(1, sizeof(*d));
		arena_init(&d->own_arena, ARENA_MAX);
	} else {
		struct arena kept;

		d = list_entry(h->dispatches.next, struct dispatch, spare);
		list_remove(&d->spare);
		h->dispatch_count--;
		kept = d->own_arena;
		*d = (struct dispatch){ .own_arena = kept };
	}
	list_init(&d->spare);
	d->home = h;
	d->entity = e;
	d->way = way;
	d->last_effect = &d->effects;
	d->arena_users = 1;
	d->arena_owner = around ? around->arena_owner : d;
	d->arena = &d->arena_owner->own_arena;
	if (around)
		d->arena_owner->arena_users++;
	entity_pin(e);
	return d;
}

static void give_back(struct dispatch *d)
{
	struct home *h = d->home;

	if (h->dispatch_count >= SPARES_MAX) {
		arena_done(&d->own_arena);
		mem_free(d);
		return;
	}
	arena_reset(&d->own_arena);
	list_prepend(&h->dispatches, &d->spare);
	h->dispatch_count++;
}

static void drop_arena(struct dispatch *owner)
{
	if (--owner->arena_users == 0)
		give_back(owner);
}

void dispatch_end(struct dispatch *d)
{
	struct dispatch *owner = d->arena_owner;

	for (struct effect *effect = d->effects; effect; effect = effect->next)
		effect_done(effect);
	d->effects = NULL;
	d->refusal_text = bytes_unref(d->refusal_text);
	receipt_give(d->receipt);
	d->receipt = NULL;
	if (!d->is_txn_borrowed)
		txn_free(&d->txn);
	entity_unpin(d->entity);
	d->entity = NULL;
	if (owner != d)
		drop_arena(d);
	drop_arena(owner);
}

void dispatch_free_spares(struct home *h)
{
	list_each (link, &h->dispatches) {
		struct dispatch *d = list_entry(link, struct dispatch, spare);

		list_remove(link);
		arena_done(&d->own_arena);
		mem_free(d);
	}
	h->dispatch_count = 0;
}

struct txn *dispatch_txn(struct dispatch *d)
{
	if (!d->txn)
		d->txn = txn_new();
	return d->txn;
}

struct str dispatch_text(struct dispatch *d, const struct xml *el)
{
	struct sbuf *out = &d->home->scratch;

	sbuf_reset(out);
	if (xml_write(out, el, NS_CLIENT)) {
		/* What clients send is measured before it is handled: this is a bug, but not one to
		 * end all sessions for. */
		log_error(&d->entity->log, "a stanza that cannot be written is dropped",
			  F_STR("element", el->name), F_ERR(out->err));
		sbuf_reset(out);
	}
	return sbuf_str(out);
}

struct bytes *dispatch_bytes(struct dispatch *d, const struct xml *el)
{
	return bytes_new(dispatch_text(d, el));
}

static struct effect *add_effect(struct dispatch *d, enum effect_kind kind)
{
	struct effect *effect = arena_new(d->arena, struct effect);

	effect->kind = kind;
	effect->dispatch = d;
	*d->last_effect = effect;
	d->last_effect = &effect->next;
	return effect;
}

/* What a client's own stanza leads to for itself is an answer, and what the account asks or tells
 * in an iq stands beside the answers to what the client asks: both come at once. */
static bool may_wait(const struct dispatch *d, const struct resource *r, const struct bytes *bytes)
{
	return d->way == WAY_IN ||
	       (d->resource_id != r->id && !stanza_text_is_iq(bytes_str(bytes)));
}

static struct effect *add_delivery(struct dispatch *d, struct resource *r, struct bytes *bytes)
{
	struct effect *effect = add_effect(d, EFFECT_DELIVER);

	effect->resource = r->id;
	effect->bytes = bytes_ref(bytes);
	effect->may_wait = may_wait(d, r, bytes);
	return effect;
}

void dispatch_deliver_bytes(struct dispatch *d, struct resource *r, struct bytes *bytes)
{
	struct effect *effect = add_delivery(d, r, bytes);

	effect->seq = d->way == WAY_IN ? d->seq : 0;
	effect->received = d->received;
}

void dispatch_deliver_stored(struct dispatch *d, struct resource *r, struct bytes *bytes,
			     int64_t seq)
{
	add_delivery(d, r, bytes)->seq = seq;
}

void dispatch_deliver(struct dispatch *d, struct resource *r, struct xml *el)
{
	struct bytes *bytes = dispatch_bytes(d, el);

	dispatch_deliver_bytes(d, r, bytes);
	(void)bytes_unref(bytes);
}

/* What an account says, also by itself (presence to contacts, answers to requests), never reaches
 * whom it blocks; but for errors: they are what the blocked are told. */
static bool is_withheld(const struct dispatch *d, const struct xml *el)
{
	return !str_eq(xml_attr(el, STR("type")), STR("error")) &&
	       blocking_covers_text(d->entity, d->arena, xml_attr(el, STR("to")));
}

void dispatch_route(struct dispatch *d, struct xml *el)
{
	if ((d->entity->blocklist && is_withheld(d, el)) ||
	    (d->entity->is_held && held_keeps_el(d->entity, d->arena, el)))
		return;
	add_effect(d, EFFECT_ROUTE)->el = el;
}

void dispatch_route_quietly(struct dispatch *d, struct xml *el)
{
	struct effect *effect = add_effect(d, EFFECT_ROUTE);

	effect->el = el;
	effect->is_quiet = true;
}

void dispatch_share_bytes(struct dispatch *d, struct audience *a, struct bytes *bytes)
{
	dispatch_share_view(d, a, audience_now(a), bytes);
}

void dispatch_share_view(struct dispatch *d, struct audience *a, struct audience_view view,
			 struct bytes *bytes)
{
	struct effect *effect = add_effect(d, EFFECT_SHARE);

	effect->view = view;

	effect->audience = audience_ref(a);
	effect->bytes = bytes_ref(bytes);
	effect->received = d->received;
}

void dispatch_share(struct dispatch *d, struct audience *a, const struct xml *el)
{
	struct bytes *bytes = dispatch_bytes(d, el);

	dispatch_share_bytes(d, a, bytes);
	(void)bytes_unref(bytes);
}

void dispatch_call(struct dispatch *d, void (*call)(struct entity *e, void *arg, enum err err),
		   void *arg)
{
	struct effect *effect = add_effect(d, EFFECT_CALL);

	effect->call = call;
	effect->arg = arg;
}

enum verdict dispatch_reply(struct dispatch *d, struct xml *el)
{
	struct resource *r =
		d->way == WAY_OUT ? resource_by_id(&d->entity->resources, d->resource_id) : NULL;

	if (d->on_reply)
		d->on_reply(d, el);
	else if (r)
		dispatch_deliver(d, r, el);
	else if (d->way == WAY_IN && jid_is_set(d->stanza.from))
		dispatch_route(d, el);
	return DONE;
}

enum verdict dispatch_result(struct dispatch *d)
{
	return dispatch_reply(d, reply_result(d->arena, &d->stanza));
}

enum verdict dispatch_error(struct dispatch *d, enum condition c)
{
	return dispatch_error_text(d, c, STR_NONE);
}

/* A room says that it is the room that refuses, and not an occupant (RFC 6120 8.3.1). */
struct xml *dispatch_error_new(struct dispatch *d, enum condition c, struct str text)
{
	struct xml *el = reply_error(d->arena, &d->stanza, c, text);
	struct jid by = d->entity->jid;

	if (!d->entity->realm->has_accounts && by.node.len)
		reply_error_by(d->arena, el, by.full);
	return el;
}

/* For a proposal the sender's side answers, with its own slot. */
static enum verdict refuse(struct dispatch *d, enum condition c, struct str text, bool is_brief)
{
	struct xml *el;

	if (!reply_may_error(&d->stanza))
		return DONE;
	if (d->proposal) {
		d->has_refusal = true;
		d->refusal = c;
		d->refusal_text = text.len ? bytes_new(text) : NULL;
		d->is_refusal_brief = is_brief;
		return DONE;
	}
	el = dispatch_error_new(d, c, text);
	if (is_brief)
		reply_error_wait(d->arena, el);
	return dispatch_reply(d, el);
}

enum verdict dispatch_error_text(struct dispatch *d, enum condition c, struct str text)
{
	return refuse(d, c, text, false);
}

enum verdict dispatch_error_wait(struct dispatch *d, enum condition c, struct str text)
{
	return refuse(d, c, text, true);
}

struct effect *dispatch_take_effects(struct dispatch *d)
{
	struct effect *first = NULL, **last = &first;

	for (struct effect *effect = d->effects; effect; effect = effect->next) {
		struct effect *copy = mem_alloc(sizeof(*copy));

		*copy = *effect;
		copy->next = NULL;
		if (copy->el) {
			copy->bytes = dispatch_bytes(d, copy->el);
			copy->el = NULL;
			copy->dispatch = NULL;
		}
		*last = copy;
		last = &copy->next;
	}
	d->effects = NULL;
	d->last_effect = &d->effects;
	return first;
}

enum verdict dispatch_wait(struct dispatch *d, void (*fn)(struct dispatch *d))
{
	if (!d->is_waiting)
		d->entity->busy++;
	d->is_waiting = true;
	d->resumed = fn;
	return WAIT;
}

enum verdict dispatch_wait_again(struct dispatch *d)
{
	must(d->next_hook > 0);
	d->next_hook--;
	return dispatch_wait(d, NULL);
}
