/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for later, see later_send.h. */
#include "server/later/later_send.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "server/later/later_clock.h"
#include "server/route/post.h"
#include "server/route/presence_view.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

#define GHOST STR("later-")

enum {
	GHOST_TOKEN = 12,
	GHOSTS_MAX = 8, /* rooms of one account that are visited at a time: others wait */
};

/* To be in a room, and to hear that one has spoken. */
static const usec_t GHOST_USEC = 60 * USEC_PER_SEC;
/* Until what waits for a ghost is due again: if the server dies meanwhile, or there was no place.
 */
static const usec_t AGAIN_USEC = 90 * USEC_PER_SEC;

struct later_box {
	struct later *items;
	struct list ghosts;
	size_t ghost_count;
};

/* A visit to a room, to say one thing. */
struct ghost {
	struct list link;
	struct entity *entity; /* pinned */
	struct timer timer;
	char id[LATER_ID_LEN + 1]; /* of the item */
	struct str self, room;     /* owned: its address, the room with the nick */
	struct str said;           /* owned: id of the message */
	struct later *kept;        /* the item, in case that the room does not take it */
	bool has_spoken;
};

static struct later_box *box_of(struct entity *e)
{
	if (!e->later) {
		e->later = mem_zalloc(1, sizeof(*e->later));
		e->later->items = later_new();
		list_init(&e->later->ghosts);
	}
	return e->later;
}

struct later *later_of(const struct entity *e)
{
	return e->later ? e->later->items : NULL;
}

/* ---- in memory ---- */

void later_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, LATER_SPACE) &&
		    later_decode(box_of(e)->items, rows->key, rows->value))
			log_error(&e->log, "a message for later cannot be read",
				  F_STR("key", rows->key));
	}
}

static void ghost_free(struct ghost *g)
{
	struct entity *e = g->entity;

	loop_timer_stop(e->home->loop, &g->timer);
	list_remove(&g->link);
	e->has_ghosts = --e->later->ghost_count > 0;
	mem_free((void *)(uintptr_t)g->self.ptr);
	mem_free((void *)(uintptr_t)g->room.ptr);
	mem_free((void *)(uintptr_t)g->said.ptr);
	later_free(&g->kept);
	mem_free(g);
	entity_unpin(e);
}

void later_unload(struct entity *e)
{
	if (!e->later)
		return;
	list_each (link, &e->later->ghosts)
		ghost_free(list_entry(link, struct ghost, link));
	later_free(&e->later->items);
	mem_free(e->later);
	e->later = NULL;
}

/* ---- what clients hear ---- */

struct xml *later_show(struct arena *a, struct xml *parent, const struct later_item *item)
{
	struct xml *el = xml_add_new(a, parent, NS_PARLEY_LATER, STR("item")), *message;

	xml_set(a, el, STR("id"), arena_dup(a, str_from(item->id)));
	xml_set(a, el, STR("at"), datetime_format(a, item->wall_at));
	if (item->nick.len)
		xml_set(a, el, STR("nick"), arena_dup(a, item->nick));
	if (item->failure.len)
		xml_set(a, el, STR("failed"), arena_dup(a, item->failure));
	if (xml_parse(a, arena_dup(a, bytes_str(item->stanza)), &post_scope, &post_limits,
		      &message) == XML_FAULT_NONE)
		xml_add(el, message);
	return el;
}

/* item NULL: the one with this id is gone; is_sent: by its time, or by will. */
static void tell(struct dispatch *d, const struct later_item *item, struct str id, bool is_sent)
{
	resource_each(r, &d->entity->resources)
	{
		struct xml *message, *el;

		if (!r->watches_later)
			continue;
		message = xml_new(d->arena, NS_CLIENT, STR("message"));
		xml_set(d->arena, message, STR("type"), STR("headline"));
		xml_set(d->arena, message, STR("from"), d->entity->jid.full);
		xml_set(d->arena, message, STR("to"), arena_dup(d->arena, r->jid.full));
		el = xml_add_new(d->arena, message, NS_PARLEY_LATER, STR("later"));
		if (item) {
			(void)later_show(d->arena, el, item);
		} else {
			el = xml_add_new(d->arena, el, NS_PARLEY_LATER, STR("gone"));
			xml_set(d->arena, el, STR("id"), arena_dup(d->arena, id));
			xml_set(d->arena, el, STR("sent"), is_sent ? STR("true") : STR("false"));
		}
		dispatch_deliver(d, r, message);
	}
}

/* ---- changes ---- */

static void drop_due(struct dispatch *d, usec_t wall_at, struct str id)
{
	txn_delete(dispatch_txn(d), d->home->domain, LATER_DUE_SPACE,
		   later_due_key(wall_at, d->entity->jid.full, id, d->arena));
}

/* Both rows, and what is in memory. */
static void drop(struct dispatch *d, struct later_item *item)
{
	struct str id = str_from(item->id);

	txn_delete(dispatch_txn(d), d->entity->jid.full, LATER_SPACE, id);
	if (!item->failure.len)
		drop_due(d, item->wall_at, id);
	later_remove(d->entity->later->items, item);
}

static void put(struct dispatch *d, const struct later_item *item)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, LATER_SPACE, str_from(item->id),
		later_encode(item, d->arena));
}

static void on_durable(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	if (!err)
		later_clock_look(e->home);
}

static void put_due(struct dispatch *d, const struct later_item *item)
{
	txn_put(dispatch_txn(d), d->home->domain, LATER_DUE_SPACE,
		later_due_key(item->wall_at, d->entity->jid.full, str_from(item->id), d->arena),
		STR(""));
	dispatch_call(d, on_durable, NULL);
}

void later_set(struct dispatch *d, const struct later_item *item)
{
	struct later *l = box_of(d->entity)->items;
	struct later_item *old = later_find(l, str_from(item->id)), *new;

	if (old && !old->failure.len)
		drop_due(d, old->wall_at, str_from(old->id));
	new = later_put(l, item);
	put(d, new);
	put_due(d, new);
	tell(d, new, STR_NONE, false);
}

void later_cancel(struct dispatch *d, struct later_item *item)
{
	struct str id = arena_dup(d->arena, str_from(item->id));

	drop(d, item);
	tell(d, NULL, id, false);
}

void later_forget(struct dispatch *d)
{
	if (!d->entity->later)
		return;
	list_each (link, &d->entity->later->items->items) {
		const struct later_item *item = list_entry(link, struct later_item, link);

		if (!item->failure.len)
			drop_due(d, item->wall_at, str_from(item->id));
	}
}

static void fail(struct dispatch *d, struct later_item *item, struct str condition)
{
	if (!item->failure.len)
		drop_due(d, item->wall_at, str_from(item->id));
	later_fail(item, str_sub(condition, 0, LATER_FAILURE_MAX));
	put(d, item);
	tell(d, item, STR_NONE, false);
	log_info(&d->entity->log, "a message for later could not be sent",
		 F_STR("condition", condition));
}

/* ---- sending ---- */

/* Begins what the item leads to, as from says it; out of the list in the same commit. The tree is
 * in its arena; NULL: the item cannot be read, and has failed. */
static struct dispatch *begin(struct dispatch *d, enum way way, struct later_item *item,
			      struct str from, struct xml **ret_el)
{
	struct dispatch *next = dispatch_begin(d->entity, way, way == WAY_OUT ? d : NULL);
	struct str id = arena_dup(next->arena, str_from(item->id));

	if (xml_parse(next->arena, arena_dup(next->arena, bytes_str(item->stanza)), &post_scope,
		      &post_limits, ret_el)) {
		fail(d, item, condition_name(COND_INTERNAL_SERVER_ERROR));
		dispatch_end(next);
		return NULL;
	}
	xml_set(next->arena, *ret_el, STR("from"), arena_dup(next->arena, from));
	drop(next, item);
	tell(next, NULL, id, true);
	next->received = d->received;
	return next;
}

/* Goes out. */
static void speak(struct dispatch *d, struct later_item *item, struct str from)
{
	struct xml *el;
	struct dispatch *out = begin(d, WAY_OUT, item, from, &el);

	if (out)
		router_receive(out, el);
}

/* A reminder: for the user, about something. What one says to oneself is read; this rings. */
static bool is_reminder(const struct dispatch *d, const struct stanza *s)
{
	return !jid_is_full(s->to) && jid_bare_eq(s->to, d->entity->jid) &&
	       xml_child(s->el, NS_PARLEY_LATER, STR("reminder"));
}

/* Comes in, from the server. */
static void ring(struct dispatch *d, struct later_item *item)
{
	struct xml *el;
	struct dispatch *in = begin(d, WAY_IN, item, d->home->domain, &el);

	if (!in)
		return;
	must(stanza_read(in->arena, el, &in->stanza) == STANZA_OK); /* as is_reminder has */
	d->home->ops->run_in(in);
}

/* Which of the user's clients is in the room. */
static const struct resource *who_is_in(const struct entity *e, struct str room)
{
	resource_each(r, &e->resources)
	{
		for (size_t i = 0; i < r->directed_count; i++) {
			if (str_starts(r->directed[i], room) && r->directed[i].len > room.len &&
			    r->directed[i].ptr[room.len] == '/')
				return r;
		}
	}
	return NULL;
}

static struct str keep(struct str s)
{
	return str_make(str_dup(s), s.len);
}

static void ghost_leave(struct dispatch *d, struct ghost *g)
{
	dispatch_route(d, presence_new(d->arena, STR("unavailable"), arena_dup(d->arena, g->self),
				       arena_dup(d->arena, g->room)));
	ghost_free(g);
}

static void ghost_fail(struct dispatch *d, struct ghost *g, struct str condition)
{
	struct later *l = d->entity->later->items;
	struct later_item *item = later_find(l, str_from(g->id));

	if (!item && g->has_spoken)
		item = later_put(l, later_find(g->kept, str_from(g->id)));
	if (item)
		fail(d, item, condition);
	ghost_leave(d, g);
}

static void on_late(struct dispatch *d, void *arg)
{
	struct ghost *g = arg;

	if (g->has_spoken)
		ghost_leave(d, g);
	else
		ghost_fail(d, g, condition_name(COND_REMOTE_SERVER_TIMEOUT));
}

static void on_timer(struct timer *t)
{
	struct ghost *g = container_of(t, struct ghost, timer);

	router_act(g->entity, on_late, g);
}

static void visit(struct dispatch *d, const struct later_item *item, const struct stanza *s)
{
	struct later_box *box = box_of(d->entity);
	struct ghost *g = mem_zalloc(1, sizeof(*g));
	struct str nick = item->nick.len ? item->nick : d->entity->jid.node;
	struct xml *el, *x, *history;
	char token[GHOST_TOKEN + 1];

	random_token(token, GHOST_TOKEN);
	memcpy(g->id, item->id, sizeof(g->id));
	g->entity = d->entity;
	g->self = keep(ARENA_JOIN(d->arena, d->entity->jid.full, STR("/"), GHOST, str_from(token)));
	g->room = keep(ARENA_JOIN(d->arena, jid_bare_str(s->to), STR("/"), nick));
	g->said = keep(s->id);
	g->kept = later_new();
	(void)later_put(g->kept, item);
	g->timer.fn = on_timer;
	list_append(&box->ghosts, &g->link);
	d->entity->has_ghosts = true;
	box->ghost_count++;
	entity_pin(d->entity);
	loop_timer(d->home->loop, &g->timer, GHOST_USEC);
	el = presence_new(d->arena, STR_NONE, arena_dup(d->arena, g->self),
			  arena_dup(d->arena, g->room));
	x = xml_add_new(d->arena, el, NS_MUC, STR("x"));
	history = xml_add_new(d->arena, x, NS_MUC, STR("history"));
	xml_set(d->arena, history, STR("maxchars"), STR("0"));
	dispatch_route(d, el);
}

/* Due again in a while; nobody is told. */
static void put_off(struct dispatch *d, struct later_item *item)
{
	drop_due(d, item->wall_at, str_from(item->id));
	item->wall_at = wall_now() + AGAIN_USEC;
	put(d, item);
	put_due(d, item);
}

static void say_in_room(struct dispatch *d, struct later_item *item, const struct stanza *s)
{
	const struct resource *r = who_is_in(d->entity, jid_bare_str(s->to));

	if (r) {
		speak(d, item, arena_dup(d->arena, r->jid.full));
		return;
	}
	if (box_of(d->entity)->ghost_count < GHOSTS_MAX)
		visit(d, item, s);
	put_off(d, item);
}

void later_send(struct dispatch *d, struct later_item *item)
{
	struct stanza s;
	struct xml *el;

	if (xml_parse(d->arena, arena_dup(d->arena, bytes_str(item->stanza)), &post_scope,
		      &post_limits, &el) ||
	    stanza_read(d->arena, el, &s) != STANZA_OK)
		fail(d, item, condition_name(COND_INTERNAL_SERVER_ERROR));
	else if (s.type == MESSAGE_GROUPCHAT)
		say_in_room(d, item, &s);
	else if (is_reminder(d, &s))
		ring(d, item);
	else
		speak(d, item, d->entity->jid.full);
}

void later_due(struct dispatch *d, usec_t wall_at, struct str id)
{
	struct later_item *item = later_find(later_of(d->entity), id);

	if (item && item->wall_at == wall_at && !item->failure.len)
		later_send(d, item);
	else
		drop_due(d, wall_at, id);
}

/* ---- what comes back to a ghost ---- */

static struct ghost *ghost_of(const struct dispatch *d)
{
	const struct later_box *box = d->entity->later;

	if (!box || !str_starts(d->stanza.to.resource, GHOST))
		return NULL;
	list_each (link, (struct list *)(uintptr_t)&box->ghosts) {
		struct ghost *g = list_entry(link, struct ghost, link);

		if (str_eq(g->self, d->stanza.to.full))
			return g;
	}
	return NULL;
}

static bool is_of_room(const struct ghost *g, struct jid from)
{
	struct str bare = jid_bare_str(from);

	return str_starts(g->room, bare) && g->room.len > bare.len && g->room.ptr[bare.len] == '/';
}

static struct str error_of(const struct dispatch *d)
{
	const struct xml *error = xml_child(d->stanza.el, NS_CLIENT, STR("error"));
	const struct xml *condition = error ? xml_child(error, NS_STANZAS, STR_NONE) : NULL;

	return condition ? condition->name : condition_name(COND_UNDEFINED_CONDITION);
}

static bool is_self(const struct dispatch *d)
{
	const struct xml *x = xml_child(d->stanza.el, NS_MUC_USER, STR("x"));

	if (!x)
		return false;
	xml_each (child, x) {
		if (xml_is(child, NS_MUC_USER, STR("status")) &&
		    str_eq(xml_attr(child, STR("code")), STR("110")))
			return true;
	}
	return false;
}

static void on_entered(struct dispatch *d, struct ghost *g)
{
	struct later_item *item = later_find(d->entity->later->items, str_from(g->id));

	if (!item) { /* taken away meanwhile */
		ghost_leave(d, g);
		return;
	}
	g->has_spoken = true;
	speak(d, item, arena_dup(d->arena, g->self));
}

enum verdict later_hear(struct dispatch *d)
{
	struct ghost *g = ghost_of(d);
	bool is_presence = d->stanza.kind == STANZA_PRESENCE;

	if (!g)
		return PASS;
	if (!is_of_room(g, d->stanza.from))
		return DONE;
	if (d->stanza.type == PRESENCE_ERROR || (!is_presence && d->stanza.type == MESSAGE_ERROR))
		ghost_fail(d, g, error_of(d));
	else if (is_presence && d->stanza.type == PRESENCE_AVAILABLE && !g->has_spoken &&
		 is_self(d))
		on_entered(d, g);
	else if (!is_presence && g->has_spoken && g->said.len && str_eq(d->stanza.id, g->said) &&
		 str_eq(d->stanza.from.full, g->room))
		ghost_leave(d, g);
	return DONE;
}
