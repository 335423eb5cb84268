/* SPDX-License-Identifier: Apache-2.0 */
/* Entities in memory: loading, inbox, forgetting. See entity.h. */
#include "server/route/entity.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/route/receipt.h"
#include "xmpp/condition.h"

struct waiter {
	struct list link;
	void (*fn)(void *arg, struct entity *e);
	void *arg;
};

struct entity *entity_find(struct home *h, struct str bare)
{
	return map_get(&h->entities, bare);
}

static bool can_handle(const struct entity *e)
{
	return e->state == ENTITY_READY && !e->is_reloading && !e->is_deleted && e->busy == 0 &&
	       !e->held;
}

/* Whether what its own clients send may be handled. */
static bool has_room(const struct entity *e)
{
	return e->outbox.count < OUTBOX_SLOTS_MAX && e->outbox.routes == 0;
}

bool entity_is_free(const struct entity *e)
{
	return can_handle(e) && has_room(e) && e->inbox_count == 0;
}

/* ---- idle ones ---- */

static bool is_needed(const struct entity *e)
{
	return e->pins || e->alarms || e->resources.count || e->inbox_count || e->busy || e->held ||
	       !outbox_is_empty(&e->outbox) || e->state == ENTITY_LOADING || e->is_reloading;
}

void entity_touch(struct entity *e)
{
	bool is_idle = !list_is_empty(&e->idle_link);

	if (is_needed(e) == !is_idle)
		return;
	if (is_idle) {
		list_remove(&e->idle_link);
		e->home->idle_count--;
		return;
	}
	if (e->state == ENTITY_ABSENT || e->is_deleted) {
		entity_forget(e);
		return;
	}
	e->idle_since = loop_now(e->home->loop);
	list_append(&e->home->idle, &e->idle_link);
	e->home->idle_count++;
}

void entity_pin(struct entity *e)
{
	e->pins++;
	if (!list_is_empty(&e->idle_link))
		entity_touch(e);
}

void entity_unpin(struct entity *e)
{
	must(e->pins > 0);
	if (--e->pins == 0)
		entity_touch(e);
}

static void unload(struct entity *e)
{
	if (e->state == ENTITY_READY)
		e->home->ops->unload(e);
	memset(e->state_slots, 0, e->realm->entity_bytes);
}

void entity_forget(struct entity *e)
{
	struct home *h = e->home;

	if (!list_is_empty(&e->idle_link)) {
		list_remove(&e->idle_link);
		h->idle_count--;
	}
	(void)map_remove(&h->entities, e->jid.full);
	unload(e);
	outbox_done(&e->outbox);
	metric_add(METRIC_ENTITIES, -1);
	metric_add(METRIC_MEM_ENTITY, -(int64_t)(sizeof(*e) + e->realm->entity_bytes));
	mem_free(e->state_slots);
	mem_free((void *)(uintptr_t)e->jid.full.ptr);
	mem_free(e);
}

/* ---- loading ---- */

static void take_out(struct entity *e, struct parcel *p)
{
	list_remove(&p->link);
	e->inbox_count--;
	e->inbox_bytes -= p->stanza ? p->stanza->len : 0;
}

static void refuse_inbox(struct entity *e, enum err why)
{
	list_each (link, &e->inbox) {
		struct parcel *p = list_entry(link, struct parcel, link);

		take_out(e, p);
		e->home->ops->refuse(e, p, why);
	}
}

static void call_waiters(struct entity *e)
{
	while (!list_is_empty(&e->waiters)) {
		struct waiter *w = list_entry(e->waiters.next, struct waiter, link);

		list_remove(&w->link);
		w->fn(w->arg, e);
		mem_free(w);
	}
}

/* The account is gone, or cannot be read any more. */
static void kick_all(struct entity *e)
{
	while (e->resources.count) {
		struct resource *r = resource_first(&e->resources);

		r->ops->kick(r, STREAM_INTERNAL_SERVER_ERROR, STR("the account cannot be read"));
	}
}

static void on_loaded(void *arg, struct store_answer *answer)
{
	struct entity *e = arg;
	/* A room need not have anything in the store. */
	bool is_absent = answer->err && !(answer->err == ERR_NOT_FOUND && !e->realm->has_accounts);

	if (e->is_reloading && e->outbox.txns && !is_absent) { /* a session ended meanwhile */
		e->is_reading = false;
		entity_unpin(e);
		return;
	}
	/* Features that run when a session ends still need their state. */
	if (is_absent)
		kick_all(e);
	unload(e);
	e->is_reloading = e->is_reading = false;
	if (is_absent) {
		if (answer->err != ERR_NOT_FOUND)
			log_error(&e->log, "account could not be read", F_ERR(answer->err));
		e->state = ENTITY_ABSENT;
		refuse_inbox(e, answer->err);
	} else {
		e->state = ENTITY_READY;
		e->account = answer->account;
		e->account.owner = e->jid.full;
		memset(e->account.verifier, 0, sizeof(e->account.verifier));
		if (answer->last_seq > e->last_seq)
			e->last_seq = answer->last_seq;
		if (!e->outbox.newest)
			e->outbox.newest = e->last_seq;
		e->home->ops->loaded(e, answer->rows);
	}
	call_waiters(e);
	entity_wake(e);
	entity_unpin(e);
}

static void load(struct entity *e)
{
	struct store_request request = { .kind = READ_OWNER,
					 .owner = e->jid.full,
					 .spaces = e->realm->spaces,
					 .space_count = e->realm->space_count };

	entity_pin(e);
	store_read(e->home->store, &request, on_loaded, e);
}

static void read_again(struct entity *e)
{
	if (e->outbox.txns)
		return; /* entity_wake comes back */
	e->is_reading = true;
	load(e);
}

void entity_reload(struct entity *e)
{
	if (e->is_reloading || e->state != ENTITY_READY)
		return;
	e->is_reloading = true;
	read_again(e);
}

static void perform(struct entity *e, struct effect *effect)
{
	e->home->ops->perform(e, effect);
}

static void submit(struct entity *e, struct txn *t)
{
	store_commit(e->home->store, t);
}

static void committed(struct entity *e, struct proposal **p, enum err err)
{
	e->home->ops->committed(p, err);
}

static bool is_busy(const struct entity *e)
{
	return e->busy > 0;
}

static const struct outbox_ops outbox_ops = { .perform = perform,
					      .submit = submit,
					      .committed = committed,
					      .pin = entity_pin,
					      .unpin = entity_unpin,
					      .wake = entity_wake,
					      .is_busy = is_busy };

static struct entity *entity_new(struct home *h, struct str bare)
{
	struct entity *e = mem_zalloc(1, sizeof(*e));
	ptrdiff_t at = str_index(bare, '@');

	e->home = h;
	e->jid.full = str_make(str_dup(bare), bare.len);
	e->jid.node = at < 0 ? STR_NONE : str_sub(e->jid.full, 0, (size_t)at);
	e->jid.domain = str_from_at(e->jid.full, (size_t)(at + 1));
	e->log = (struct log_ctx){ .field = F_STR("jid", e->jid.full) };
	e->realm = home_realm(h, e->jid.domain);
	must(e->realm);
	e->state_slots = mem_zalloc(1, e->realm->entity_bytes);
	resource_list_init(&e->resources, e, &h->last_resource_id, h->resource_bytes);
	list_init(&e->inbox);
	list_init(&e->waiters);
	list_init(&e->idle_link);
	outbox_init(&e->outbox, e, &outbox_ops);
	(void)map_set(&h->entities, e->jid.full, e);
	metric_inc(METRIC_ENTITIES);
	metric_add(METRIC_MEM_ENTITY, (int64_t)(sizeof(*e) + e->realm->entity_bytes));
	return e;
}

struct entity *entity_get(struct home *h, struct str bare)
{
	struct entity *e = entity_find(h, bare);

	if (e)
		return e;
	e = entity_new(h, bare);
	if (e->jid.node.len || !e->realm->has_accounts)
		load(e);
	else
		e->state = ENTITY_READY; /* the server itself has nothing in the store */
	return e;
}

void entity_when_ready(struct entity *e, void (*fn)(void *arg, struct entity *e), void *arg)
{
	struct waiter *w;

	if (e->state != ENTITY_LOADING && !e->is_reloading) {
		fn(arg, e);
		return;
	}
	w = mem_alloc(sizeof(*w));
	w->fn = fn;
	w->arg = arg;
	list_append(&e->waiters, &w->link);
}

/* ---- inbox ---- */

struct parcel *parcel_new(struct home *to, struct str bare, enum way way, struct bytes *stanza)
{
	struct parcel *p = mem_alloc(sizeof(*p) + bare.len);

	*p = (struct parcel){ .to_home = to, .stanza = stanza, .way = way };
	memcpy(p->name, bare.ptr, bare.len);
	p->bare = str_make(p->name, bare.len);
	list_init(&p->link);
	return p;
}

void parcel_free(struct parcel *p)
{
	if (!p)
		return;
	(void)bytes_unref(p->stanza);
	receipt_give(p->receipt);
	mem_free(p);
}

static void on_parcel(struct letter *l)
{
	struct parcel *p = container_of(l, struct parcel, letter);

	entity_queue(entity_get(p->to_home, p->bare), p);
}

void parcel_post_later(struct parcel *p)
{
	p->letter.fn = on_parcel;
	loop_post(p->to_home->loop, &p->letter);
}

void parcel_post(struct parcel *p)
{
	if (p->to_home->loop == loop_current())
		on_parcel(&p->letter);
	else
		parcel_post_later(p);
}

void entity_queue(struct entity *e, struct parcel *p)
{
	if (e->state == ENTITY_ABSENT || e->is_deleted) {
		e->home->ops->refuse(e, p, ERR_NOT_FOUND);
		return;
	}
	/* What its own clients sent was read only because there was room: session/ holds them back.
	 */
	if (p->way == WAY_IN &&
	    (e->inbox_count >= INBOX_PARCELS_MAX || e->inbox_bytes >= INBOX_BYTES_MAX)) {
		e->home->ops->refuse(e, p, ERR_BUSY);
		return;
	}
	list_append(&e->inbox, &p->link);
	e->inbox_count++;
	e->inbox_bytes += p->stanza ? p->stanza->len : 0;
	entity_wake(e);
}

/* While it waits to be read again, or is held for a dispatch that waits for its turn: two that are,
 * and wait for each other's answers, would wait for ever. What is asked only goes to the archive
 * and to clients. */
static struct parcel *next_proposal(const struct entity *e)
{
	bool is_waiting = e->is_reloading ? !e->is_reading : e->held > 0;

	if (!is_waiting || e->state != ENTITY_READY || e->is_deleted || e->busy)
		return NULL;
	list_each (link, (struct list *)(uintptr_t)&e->inbox) {
		struct parcel *p = list_entry(link, struct parcel, link);

		if (p->proposal)
			return p;
	}
	return NULL;
}

/* What is to be handled now. A full outbox holds up what the user's clients say, never what is said
 * to him: two entities whose outboxes wait for each other's answers (route/proposal.h) would wait
 * for ever. */
static struct parcel *next_parcel(const struct entity *e)
{
	if (!can_handle(e))
		return next_proposal(e);
	list_each (link, (struct list *)(uintptr_t)&e->inbox) {
		struct parcel *p = list_entry(link, struct parcel, link);

		if (p->way == WAY_IN || has_room(e))
			return p;
	}
	return NULL;
}

static void take(struct entity *e, struct parcel *p)
{
	take_out(e, p);
	if (p->way == WAY_IN && e->outbox.count >= OUTBOX_IN_MAX)
		e->home->ops->refuse(e, p, ERR_BUSY);
	else
		e->home->ops->handle(e, p);
}

void entity_wake(struct entity *e)
{
	struct parcel *p;

	if (e->is_reloading && !e->is_reading)
		read_again(e);
	if (e->is_draining)
		return;
	e->is_draining = true;
	entity_pin(e);
	if (e->is_deleted)
		refuse_inbox(e, ERR_NOT_FOUND);
	while ((p = next_parcel(e)))
		take(e, p);
	e->is_draining = false;
	entity_unpin(e);
}

int64_t entity_next_seq(struct entity *e)
{
	int64_t now = wall_now();

	e->last_seq = now > e->last_seq ? now : e->last_seq + 1;
	return e->last_seq;
}

void *entity_slot(const struct entity *e, size_t offset)
{
	return (char *)e->state_slots + offset;
}
