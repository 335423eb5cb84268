/* SPDX-License-Identifier: Apache-2.0 */
/* Pushes that are enabled at a room, see push.h. What was enabled lies with the account
 * (server/push/at_room.c); the room knows only who has something, so that he is told of what is
 * said even where he is no member (guests.h). */
#include "server/room/push.h"

#include "base/mem.h"
#include "server/push/push.h"
#include "server/room/guests.h"
#include "server/route/errand.h"
#include "server/route/post.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

enum { REQUEST_MAX = 64 * 1024 /* bytes of one that is under way */ };

/* ---- a request, on its way to the account and back ---- */

struct request {
	struct arena arena; /* of what follows */
	struct entity *room;
	struct jid who;
	struct str id, room_jid;
	struct push_enable enable; /* one of both */
	struct push_disable disable;
	bool is_enable;
	bool is_refused, has_left;
	enum err err;
};

static void request_free(struct request *q)
{
	arena_wipe(&q->arena); /* there may be secrets of app servers in it */
	mem_free(q);
}

/* On the account's loop. */
static void act(struct dispatch *d, void *arg)
{
	struct request *q = arg;

	if (q->is_enable)
		q->is_refused = !push_enable_at_room(d, &q->enable, q->who, q->room_jid);
	else
		q->has_left = push_disable_at_room(d, &q->disable, q->room_jid);
}

static void answer(struct dispatch *d, const struct request *q)
{
	const struct stanza asked = { .el = xml_new(d->arena, NS_CLIENT, STR("iq")),
				      .kind = STANZA_IQ,
				      .type = IQ_SET,
				      .from = jid_copy(d->arena, q->who),
				      .to = d->entity->jid,
				      .id = arena_dup(d->arena, q->id) };

	if (q->is_refused)
		dispatch_route(d, reply_error(d->arena, &asked, COND_NOT_ACCEPTABLE, STR_NONE));
	else if (q->err)
		dispatch_route(d,
			       reply_error(d->arena, &asked, COND_INTERNAL_SERVER_ERROR, STR_NONE));
	else
		dispatch_route(d, reply_result(d->arena, &asked));
}

static void finish(struct dispatch *d, void *arg)
{
	struct request *q = arg;
	struct room *r = room_of(d->entity);
	struct str bare = arena_dup(d->arena, jid_bare_str(q->who));

	if (q->is_enable && !q->err && !q->is_refused && r->exists) {
		guests_add(r, bare);
		txn_put(dispatch_txn(d), d->entity->jid.full, PUSH_HEARER_SPACE, bare, STR(""));
	}
	if (!q->is_enable && !q->err && !q->has_left)
		guests_drop(r, bare);
	answer(d, q);
	request_free(q);
}

static void on_done(void *arg, enum err err)
{
	struct request *q = arg;
	struct entity *e = q->room;

	q->err = err;
	router_act_in_order(e, finish, q);
	entity_unpin(e);
}

/* Reads the payload anew into memory of its own. */
static bool read(struct dispatch *d, struct request *q, struct push_fault *ret_fault)
{
	struct str text = dispatch_text(d, stanza_payload(&d->stanza));
	struct xml *el;

	*ret_fault = (struct push_fault){ .condition = COND_BAD_REQUEST };
	if (!text.len ||
	    xml_parse(&q->arena, arena_dup(&q->arena, text), &post_scope, &post_limits, &el))
		return false;
	q->is_enable = str_eq(el->name, STR("enable"));
	return q->is_enable ? push_enable_read(el, &q->arena, &q->enable, ret_fault)
			    : push_disable_read(el, &q->arena, &q->disable, ret_fault);
}

/* A push service of the web is told by the account alone, and we are nobody's app server. */
static bool is_possible(const struct dispatch *d, const struct request *q,
			struct push_fault *ret_fault)
{
	if (!q->is_enable)
		return true;
	if (q->enable.web.endpoint.len)
		*ret_fault = (struct push_fault){ COND_NOT_ACCEPTABLE,
						  STR("such a form is for the server's own "
						      "address, at the account") };
	else
		*ret_fault =
			(struct push_fault){ COND_ITEM_NOT_FOUND, STR("there is no app server") };
	return !q->enable.web.endpoint.len && !home_realm(d->home, q->enable.jid.domain);
}

static enum verdict ask_account(struct dispatch *d)
{
	struct request *q = mem_zalloc(1, sizeof(*q));
	struct push_fault fault;

	arena_init(&q->arena, REQUEST_MAX);
	if (!read(d, q, &fault) || !is_possible(d, q, &fault)) {
		request_free(q);
		return dispatch_error_text(d, fault.condition, fault.text);
	}
	q->room = d->entity;
	entity_pin(q->room);
	q->who = jid_copy(&q->arena, d->stanza.from);
	q->id = arena_dup(&q->arena, d->stanza.id);
	q->room_jid = arena_dup(&q->arena, d->entity->jid.full);
	errand_run(d->home, jid_bare_str(q->who), act, on_done, q);
	return DONE; /* answered when it is durable, and others do not wait for that */
}

/* ---- requests ---- */

static enum verdict on_enable(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct jid who = d->stanza.from;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (!guests_is_account(d->home, jid_bare_str(who)) || !who.resource.len)
		return dispatch_error_text(d, COND_NOT_ALLOWED,
					   STR("that is for accounts of this server"));
	/* What is said there is nothing that others may hear of. */
	if (room_members_get(&r->members, who) <= AFFILIATION_NONE && !room_session(r, who.full))
		return dispatch_error(d, COND_FORBIDDEN);
	if (r->hearers.count >= ROOM_HEARERS_MAX && !map_get(&r->hearers, jid_bare_str(who)))
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	return ask_account(d);
}

static enum verdict on_disable(struct dispatch *d)
{
	if (!guests_is_account(d->home, jid_bare_str(d->stanza.from)))
		return dispatch_error(d, COND_NOT_ALLOWED);
	return ask_account(d);
}

#define PUSH STR_INIT("urn:xmpp:push:0")

static const struct iq_handler iq[] = {
	{ PUSH, STR_INIT("enable"), IQ_SET, TARGET_OTHER, on_enable },
	{ PUSH, STR_INIT("disable"), IQ_SET, TARGET_OTHER, on_disable },
	{ .run = NULL },
};

static const struct str vars[] = { PUSH, STR_INIT("tigase:push:priority:0"), { .ptr = NULL } };

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, PUSH_HEARER_SPACE))
			guests_add(room_of(e), rows->key);
	}
}

static const struct str spaces[] = { STR_INIT("push-hearer"), { .ptr = NULL } };

const struct feature room_push_feature = {
	.name = "room_push",
	.spec = "XEP-0357 0.4.1",
	.test = "push/at_room.talk",
	.iq = iq,
	.disco_account = vars,
	.spaces = spaces,
	.on_load = on_load,
};
