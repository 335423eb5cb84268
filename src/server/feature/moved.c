/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts who move, see moved.h. A request from the new address waits until the old one has
 * confirmed the move, or has not in time: then it is a request like any other. On the entity's
 * loop. */
#include "server/feature/moved.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/befriend.h"
#include "server/route/presence_view.h"
#include "server/route/roster_push.h"
#include "server/route/router.h"
#include "xmpp/ns.h"

enum {
	QUESTION_CHARS = 20,
	MOVES_MAX = 8,         /* of one account, waiting at a time */
	REQUEST_MAX = 8 * KIB, /* bytes of a request that waits */
};
#define ANSWER_USEC (30 * USEC_PER_SEC) /* for the old address */
#define NODE        STR("urn:xmpp:moved:1")

/* One request that waits. */
struct move {
	struct list link;
	struct timer timer;
	struct entity *entity; /* pinned */
	char question[QUESTION_CHARS + 1];
	struct str old, new; /* bare JIDs; owned */
	struct bytes *request;
	bool is_refuted; /* it comes again, as a request like any other */
};

struct moves {
	struct list list;
	unsigned count;
};

static size_t entity_offset;

static struct moves *moves_of(const struct entity *e)
{
	struct moves *m = entity_slot(e, entity_offset);

	if (!m->list.next)
		list_init(&m->list);
	return m;
}

static void move_free(struct move *m)
{
	struct entity *e = m->entity;

	loop_timer_stop(e->home->loop, &m->timer);
	list_remove(&m->link);
	moves_of(e)->count--;
	mem_free((void *)(uintptr_t)m->old.ptr);
	mem_free((void *)(uintptr_t)m->new.ptr);
	(void)bytes_unref(m->request);
	mem_free(m);
	entity_unpin(e);
}

static struct move *move_from(const struct entity *e, struct str from)
{
	list_each (link, &moves_of(e)->list) {
		struct move *m = list_entry(link, struct move, link);

		if (str_eq(m->new, from))
			return m;
	}
	return NULL;
}

/* What waits is asked for again by the other side (RFC 6121 3.1.2). */
static void on_unload(struct entity *e)
{
	list_each (link, &moves_of(e)->list)
		move_free(list_entry(link, struct move, link));
}

/* ---- the question to the old address ---- */

/* The request comes again. */
static void refute(struct move *m)
{
	struct entity *e = m->entity;

	m->is_refuted = true;
	parcel_post_later(parcel_new(e->home, e->jid.full, WAY_IN, bytes_ref(m->request)));
}

static void on_timer(struct timer *t)
{
	struct move *m = container_of(t, struct move, timer);

	if (m->is_refuted) /* it did not come: the inbox was full */
		move_free(m);
	else {
		refute(m);
		loop_timer(m->entity->home->loop, t, ANSWER_USEC);
	}
}

static void ask(struct dispatch *d, const struct move *m)
{
	struct arena *a = d->arena;
	struct xml *iq = xml_new(a, NS_CLIENT, STR("iq")), *items;

	xml_set(a, iq, STR("type"), STR("get"));
	xml_set(a, iq, STR("id"), arena_dup(a, str_from(m->question)));
	xml_set(a, iq, STR("from"), d->entity->jid.full);
	xml_set(a, iq, STR("to"), arena_dup(a, m->old));
	items = xml_add_new(a, xml_add_new(a, iq, NS_PUBSUB, STR("pubsub")), NS_PUBSUB,
			    STR("items"));
	xml_set(a, items, STR("node"), NODE);
	xml_set(a, xml_add_new(a, items, NS_PUBSUB, STR("item")), STR("id"), STR("current"));
	dispatch_route(d, iq);
}

static bool remember(struct dispatch *d, struct str old)
{
	struct moves *all = moves_of(d->entity);
	struct str from = jid_bare_str(d->stanza.from);
	struct bytes *request;
	struct move *m;

	if (all->count >= MOVES_MAX)
		return false;
	request = dispatch_bytes(d, d->stanza.el);
	if (!bytes_str(request).len || bytes_str(request).len > REQUEST_MAX) {
		(void)bytes_unref(request);
		return false;
	}
	m = mem_zalloc(1, sizeof(*m));
	m->entity = d->entity;
	m->request = request;
	m->old = str_make(str_dup(old), old.len);
	m->new = str_make(str_dup(from), from.len);
	m->timer.fn = on_timer;
	random_token(m->question, QUESTION_CHARS);
	list_append(&all->list, &m->link);
	all->count++;
	entity_pin(d->entity);
	loop_timer(d->home->loop, &m->timer, ANSWER_USEC);
	ask(d, m);
	return true;
}

/* ---- a request ---- */

/* The old address that it names: a contact who sees the user's presence; unset: there is no such
 * word, or none that counts (4.3). */
static struct str old_address(const struct dispatch *d)
{
	const struct xml *moved = xml_child(d->stanza.el, NODE, STR("moved"));
	const struct xml *el = moved ? xml_child(moved, NODE, STR("old-jid")) : NULL;
	const struct roster_item *item, *now;
	struct jid old;

	if (!el || jid_parse(d->arena, str_trim(xml_text(el, d->arena)), &old) ||
	    jid_is_full(old) || jid_bare_eq(old, d->stanza.from))
		return STR_NONE;
	item = roster_find(d->entity->roster, old.full);
	now = roster_find(d->entity->roster, jid_bare_str(d->stanza.from));
	if (!item || !(item->flags & ROSTER_FROM) || (now && (now->flags & ROSTER_FROM)) ||
	    !roster_has_room(d->entity, jid_bare_str(d->stanza.from)))
		return STR_NONE;
	return old.full;
}

static enum verdict on_presence(struct dispatch *d)
{
	struct move *m;
	struct str old;

	if (d->stanza.type != PRESENCE_SUBSCRIBE)
		return PASS;
	m = move_from(d->entity, jid_bare_str(d->stanza.from));
	if (m && m->is_refuted) {
		move_free(m);
		return PASS;
	}
	if (m)
		return DONE; /* it is being looked into */
	old = old_address(d);
	return old.len && remember(d, old) ? DONE : PASS;
}

/* ---- the answer ---- */

/* The new address as the old one has it: in its statement, or where it is gone to; unset: it says
 * nothing of the kind. */
static struct str new_address(const struct dispatch *d)
{
	const struct xml *el = stanza_payload(&d->stanza);
	struct str uri;

	if (d->stanza.type == IQ_RESULT) {
		el = el ? xml_child(el, NS_PUBSUB, STR("items")) : NULL;
		el = el ? xml_child(el, NS_PUBSUB, STR("item")) : NULL;
		el = el ? xml_child(el, NODE, STR("moved")) : NULL;
		el = el ? xml_child(el, NODE, STR("new-jid")) : NULL;
		return el ? str_trim(xml_text(el, d->arena)) : STR_NONE;
	}
	el = xml_child(d->stanza.el, STR_NONE, STR("error"));
	el = el ? xml_child(el, NS_STANZAS, STR("gone")) : NULL;
	uri = el ? str_trim(xml_text(el, d->arena)) : STR_NONE;
	return str_starts(uri, STR("xmpp:")) ? str_from_at(uri, strlen("xmpp:")) : STR_NONE;
}

/* 4.4: the new address takes the place of the old one, with its name and groups. */
static void replace(struct dispatch *d, const struct move *m)
{
	struct roster *roster = d->entity->roster;
	struct str old_jid = arena_dup(d->arena, m->old), new_jid = arena_dup(d->arena, m->new);
	struct roster_item *old = roster_find(roster, old_jid), *new = roster_get(roster, new_jid);
	struct subscription_change c = subscription_out(old->flags, UNSUBSCRIBED);

	if (!(new->flags &ROSTER_LISTED))
		roster_describe(roster, new, old->name, old->groups);
	befriend_accept(d, new_jid, (old->flags & ROSTER_TO) != 0);
	dispatch_route(d,
		       presence_new(d->arena, STR("unsubscribed"), d->entity->jid.full, old_jid));
	presence_show_all(d, old_jid, true);
	roster_set_flags(roster, old, c.flags);
	roster_changed(d, old, false, true);
	log_info(&d->entity->log, "a contact has moved", F_STR("old", old_jid),
		 F_STR("new", new_jid));
}

static void judge(struct dispatch *d, struct move *m)
{
	const struct roster_item *old = roster_find(d->entity->roster, m->old);
	struct str text = new_address(d);
	struct jid new;
	bool is_confirmed = text.len && jid_parse(d->arena, text, &new) == OK &&
			    str_eq(new.full, m->new) && old && (old->flags & ROSTER_FROM) &&
			    roster_has_room(d->entity, m->new);

	if (!is_confirmed) {
		refute(m);
		return;
	}
	replace(d, m);
	move_free(m);
}

static enum verdict on_answer(struct dispatch *d)
{
	if (!d->entity->realm->has_accounts || d->way != WAY_IN || !d->stanza.id.len)
		return PASS;
	list_each (link, &moves_of(d->entity)->list) {
		struct move *m = list_entry(link, struct move, link);

		if (!m->is_refuted && str_eq(d->stanza.id, str_from(m->question)) &&
		    str_eq(d->stanza.from.full, m->old)) {
			judge(d, m);
			return DONE;
		}
	}
	return PASS;
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_IN, PHASE_STAMP, on_presence },
	{ .run = NULL },
};

const struct feature feature_moved = {
	.name = "moved",
	.spec = "XEP-0283 0.2.0",
	.test = "im/moved.talk",
	.hooks = hooks,
	.entity_state = sizeof(struct moves),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
	.on_answer = on_answer,
};
