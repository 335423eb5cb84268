/* SPDX-License-Identifier: Apache-2.0 */
/* Privileged entities (XEP-0356 0.4): services that send messages and requests in the name of
 * users, and what they are told when they come. Rosters are in feature/roster, presence in
 * feature/presence. */
#include "server/feature/privilege.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/census.h"
#include "server/route/post.h"
#include "server/route/presence_view.h"
#include "server/route/router.h"
#include "server/route/service.h"
#include "xep/forward.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	ASKED_MAX = 64,               /* requests of an account that others have not answered */
	ADVERT_MAX = 64 * 1024,       /* bytes */
	PRESENCE_ARENA_MAX = 1 << 20, /* bytes, of one presence */
};
static const usec_t ASKED_USEC = 60 * USEC_PER_SEC;

/* A request in the name of the account e that somebody else is to answer. */
struct asked {
	struct list link; /* in privilege->asked */
	struct entity *entity;
	struct timer timer;
	/* all owned */
	struct str service, id; /* whose request, and its id */
	struct str peer, inner_id;
};

/* A request in the name of an account, while it is handled: whose, and its id. */
struct question {
	struct str service, id;
};

struct privilege {
	struct list asked;
	unsigned count;
};

static size_t entity_offset;

static struct privilege *privilege_of(const struct entity *e)
{
	struct privilege *p = entity_slot(e, entity_offset);

	if (!p->asked.next)
		list_init(&p->asked);
	return p;
}

/* ---- requests that others answer ---- */

static struct str keep(struct str s)
{
	return str_make(str_dup(s), s.len);
}

static void asked_free(struct asked *x)
{
	struct entity *e = x->entity;

	loop_timer_stop(e->home->loop, &x->timer);
	list_remove(&x->link);
	privilege_of(e)->count--;
	mem_free((void *)(uintptr_t)x->service.ptr);
	mem_free((void *)(uintptr_t)x->id.ptr);
	mem_free((void *)(uintptr_t)x->peer.ptr);
	mem_free((void *)(uintptr_t)x->inner_id.ptr);
	mem_free(x);
	entity_unpin(e);
}

static struct xml *answer_new(struct dispatch *d, struct str type, struct str service,
			      struct str id)
{
	struct xml *iq = xml_new(d->arena, NS_CLIENT, STR("iq"));

	xml_set(d->arena, iq, STR("type"), type);
	xml_set(d->arena, iq, STR("from"), d->entity->jid.full);
	xml_set(d->arena, iq, STR("to"), arena_dup(d->arena, service));
	xml_set(d->arena, iq, STR("id"), arena_dup(d->arena, id));
	return iq;
}

/* XEP-0356 6.3: whatever the answer is, it comes in a result. */
static void answer_with(struct dispatch *d, struct str service, struct str id, struct xml *reply)
{
	struct xml *iq = answer_new(d, STR("result"), service, id);
	struct xml *privilege = xml_add_new(d->arena, iq, NS_PRIVILEGE, STR("privilege"));

	xml_add(privilege, forward_wrap(d->arena, xml_copy(d->arena, reply), 0));
	dispatch_route(d, iq);
}

static void give_up(struct dispatch *d, void *arg)
{
	struct asked *x = arg;
	struct xml *iq = answer_new(d, STR("error"), x->service, x->id);
	struct xml *error = xml_add_new(d->arena, iq, NS_CLIENT, STR("error"));

	xml_set(d->arena, error, STR("type"), condition_type(COND_REMOTE_SERVER_TIMEOUT));
	(void)xml_add_new(d->arena, error, NS_STANZAS, condition_name(COND_REMOTE_SERVER_TIMEOUT));
	dispatch_route(d, iq);
	asked_free(x);
}

static void on_timer(struct timer *t)
{
	struct asked *x = container_of(t, struct asked, timer);

	router_act(x->entity, give_up, x);
}

static void remember(struct dispatch *d, struct str service, struct jid peer, struct str inner_id)
{
	struct privilege *p = privilege_of(d->entity);
	struct asked *x = mem_zalloc(1, sizeof(*x));

	x->entity = d->entity;
	x->service = keep(service);
	x->id = keep(d->stanza.id);
	x->peer = keep(peer.full);
	x->inner_id = keep(inner_id);
	x->timer.fn = on_timer;
	list_append(&p->asked, &x->link);
	p->count++;
	entity_pin(d->entity);
	loop_timer(d->home->loop, &x->timer, ASKED_USEC);
}

/* It has been answered in another way. */
static void forget(struct dispatch *d, const struct question *q)
{
	struct privilege *p = privilege_of(d->entity);

	list_each (link, &p->asked) {
		struct asked *x = list_entry(link, struct asked, link);

		if (str_eq(x->service, q->service) && str_eq(x->id, q->id))
			asked_free(x);
	}
}

static enum verdict on_answer(struct dispatch *d)
{
	struct privilege *p;

	if (!d->entity->jid.node.len)
		return PASS;
	p = privilege_of(d->entity);
	list_each (link, &p->asked) {
		struct asked *x = list_entry(link, struct asked, link);

		if (!str_eq(x->inner_id, d->stanza.id) || !str_eq(x->peer, d->stanza.from.full))
			continue;
		answer_with(d, x->service, x->id, d->stanza.el);
		asked_free(x);
		return DONE;
	}
	return PASS;
}

static void on_unload(struct entity *e)
{
	struct privilege *p = privilege_of(e);

	list_each (link, &p->asked)
		asked_free(list_entry(link, struct asked, link));
}

/* ---- requests in the name of a user ---- */

/* The server itself has answered. */
static void on_reply(struct dispatch *d, struct xml *reply)
{
	const struct question *q = d->reply_arg;

	forget(d, q);
	answer_with(d, q->service, q->id, reply);
}

static bool may_ask(const struct service *s, enum stanza_type type, struct str ns)
{
	for (size_t i = 0; i < s->iq_count; i++) {
		if (str_eq(s->iqs[i].ns, ns) &&
		    (type == IQ_GET ? s->iqs[i].may_get : s->iqs[i].may_set))
			return true;
	}
	return false;
}

/* XEP-0356 6.3: all that makes a request forbidden. */
static bool is_allowed(struct dispatch *d, const struct service *s, const struct xml *inner)
{
	const struct xml *payload;
	struct str from;
	struct jid jid;

	if (!s || !xml_is(inner, NS_CLIENT, STR("iq")) || xml_next(inner) ||
	    !str_eq(xml_attr(inner, STR("type")), xml_attr(d->stanza.el, STR("type"))))
		return false;
	from = xml_attr(inner, STR("from"));
	if (from.ptr && (jid_parse(d->arena, from, &jid) || !jid_eq(jid, d->entity->jid)))
		return false;
	payload = xml_first(inner);
	return payload && may_ask(s, d->stanza.type, payload->ns);
}

/* Whether somebody else than the server answers for this account; *ret_peer is who. */
static bool is_for_others(const struct dispatch *d, const struct xml *inner, struct jid *ret_peer)
{
	struct str to = xml_attr(inner, STR("to"));

	return to.len && jid_parse(d->arena, to, ret_peer) == OK &&
	       !jid_eq(*ret_peer, d->entity->jid) && !str_eq(ret_peer->full, d->home->domain);
}

static void send_inner(struct dispatch *d, const struct service *s, const struct xml *inner)
{
	struct dispatch *out = dispatch_begin(d->entity, WAY_OUT, d);
	struct question *q = arena_new(d->arena, struct question);
	struct xml *el = xml_copy(d->arena, inner);

	q->service = arena_dup(d->arena, s->domain);
	q->id = arena_dup(d->arena, d->stanza.id);
	out->on_reply = on_reply;
	out->reply_arg = q;
	out->received = d->received;
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	router_receive(out, el);
}

/* Only services are told that they may not; to others there is no such request. */
static enum verdict refuse(struct dispatch *d, const struct service *s)
{
	return dispatch_error(d, s || d->target == TARGET_SERVER ? COND_FORBIDDEN
								 : COND_SERVICE_UNAVAILABLE);
}

static enum verdict on_privileged_iq(struct dispatch *d)
{
	const struct service *s = service_of(d->home, d->stanza.from);
	const struct xml *inner = xml_first(stanza_payload(&d->stanza));
	struct str inner_id;
	struct jid peer;

	if (!is_allowed(d, s, inner))
		return refuse(d, s);
	inner_id = xml_attr(inner, STR("id"));
	if (is_for_others(d, inner, &peer)) {
		if (privilege_of(d->entity)->count >= ASKED_MAX)
			return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
		if (inner_id.len)
			remember(d, s->domain, peer, inner_id);
	}
	send_inner(d, s, inner);
	return DONE;
}

/* 6.3: only a user's own address is that of a managed entity. */
static enum verdict on_misdirected(struct dispatch *d)
{
	return refuse(d, service_of(d->home, d->stanza.from));
}

/* ---- messages ---- */

/* The message inside, if this one carries one. */
static struct xml *carried(const struct stanza *s)
{
	const struct xml *privilege = xml_child(s->el, NS_PRIVILEGE, STR("privilege"));

	return privilege ? forward_inside(xml_child(privilege, NS_FORWARD, STR("forwarded")))
			 : NULL;
}

static bool is_privileged(const struct dispatch *d)
{
	const struct service *s = service_of(d->home, d->stanza.from);

	return s && (s->rights & SERVICE_MESSAGE);
}

/* In the name of the server itself. */
static enum verdict send_as_server(struct dispatch *d, struct xml *inner, struct jid to)
{
	struct bytes *bytes = dispatch_bytes(d, inner);
	bool is_sent = post_stanza(d->home, to, bytes, d->received);

	(void)bytes_unref(bytes);
	return is_sent ? DONE : dispatch_error(d, COND_REMOTE_SERVER_NOT_FOUND);
}

/* To the home of the user, where on_carried goes on: the account is there. */
static enum verdict pass_to_user(struct dispatch *d, struct jid from)
{
	struct bytes *bytes = dispatch_bytes(d, d->stanza.el);
	struct parcel *p = parcel_new(home_of(d->home, from.full), from.full, WAY_IN, bytes);

	p->received = d->received;
	parcel_post(p);
	return DONE;
}

/* 5.1, 5.3: at the server. */
static enum verdict on_message(struct dispatch *d)
{
	struct xml *inner = carried(&d->stanza);
	struct jid from, to;

	if (!xml_child(d->stanza.el, NS_PRIVILEGE, STR("privilege")) ||
	    d->stanza.type == MESSAGE_ERROR)
		return PASS;
	if (!is_privileged(d))
		return dispatch_error(d, COND_FORBIDDEN);
	if (!inner || !xml_is(inner, NS_CLIENT, STR("message")) ||
	    jid_parse(d->arena, xml_attr(inner, STR("to")), &to))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (jid_parse(d->arena, xml_attr(inner, STR("from")), &from) || from.resource.len ||
	    !str_eq(from.domain, d->home->domain))
		return dispatch_error(d, COND_FORBIDDEN);
	return from.node.len ? pass_to_user(d, from) : send_as_server(d, inner, to);
}

/* The same at the user who is to say it: as if he had sent it without a resource. */
static enum verdict on_carried(struct dispatch *d)
{
	struct xml *inner;
	struct dispatch *out;
	struct jid from;

	if (d->stanza.to.node.len)
		return PASS;
	inner = carried(&d->stanza);
	if (!inner || !is_privileged(d) ||
	    jid_parse(d->arena, xml_attr(inner, STR("from")), &from) ||
	    !jid_eq(from, d->entity->jid))
		return dispatch_error(d, COND_FORBIDDEN); /* a reload came between */
	out = dispatch_begin(d->entity, WAY_OUT, d);
	out->received = d->received;
	router_receive(out, xml_copy(d->arena, inner));
	return DONE;
}

/* ---- a service comes ---- */

static void add_perm(struct arena *a, struct xml *privilege, struct str access, struct str type)
{
	struct xml *perm = xml_add_new(a, privilege, NS_PRIVILEGE, STR("perm"));

	xml_set(a, perm, STR("access"), access);
	if (type.ptr)
		xml_set(a, perm, STR("type"), type);
	xml_set(a, perm, STR("push"), STR_NONE);
}

static struct str both(bool may_get, bool may_set)
{
	return may_get && may_set ? STR("both") : may_get ? STR("get") : STR("set");
}

static void add_iqs(struct arena *a, struct xml *privilege, const struct service *s)
{
	struct xml *perm;

	if (!s->iq_count)
		return;
	add_perm(a, privilege, STR("iq"), STR_NONE);
	perm = privilege->last;
	for (size_t i = 0; i < s->iq_count; i++) {
		struct xml *ns = xml_add_new(a, perm, NS_PRIVILEGE, STR("namespace"));

		xml_set(a, ns, STR("ns"), s->iqs[i].ns);
		xml_set(a, ns, STR("type"), both(s->iqs[i].may_get, s->iqs[i].may_set));
	}
}

static void add_perms(struct arena *a, struct xml *privilege, const struct service *s)
{
	bool may_get = s->rights & SERVICE_ROSTER_GET, may_set = s->rights & SERVICE_ROSTER_SET;

	if (may_get || may_set) {
		add_perm(a, privilege, STR("roster"), both(may_get, may_set));
		xml_set(a, privilege->last, STR("push"),
			s->rights & SERVICE_ROSTER_PUSH ? STR("true") : STR("false"));
	}
	if (s->rights & SERVICE_MESSAGE)
		add_perm(a, privilege, STR("message"), STR("outgoing"));
	add_iqs(a, privilege, s);
	if (s->rights & SERVICE_PRESENCE)
		add_perm(a, privilege, STR("presence"),
			 s->rights & SERVICE_ROSTER_PRESENCE ? STR("roster")
							     : STR("managed_entity"));
}

static void post_quietly(struct home *h, struct str domain, const struct xml *el)
{
	struct bytes *bytes;

	sbuf_reset(&h->scratch);
	if (xml_write(&h->scratch, el, NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&h->scratch));
	(void)service_post(h, domain, bytes, true); /* it may have gone with a reload */
	(void)bytes_unref(bytes);
}

/* 8: what it would have seen if it had been here before. */
static void show_presence(struct entity *e, void *arg)
{
	resource_each(r, &e->resources)
	{
		struct arena a scoped(arena_done) = { 0 };

		if (!resource_is_seen(r) || !r->presence)
			continue;
		arena_init(&a, PRESENCE_ARENA_MAX);
		post_quietly(e->home, str_from(arg), presence_of(&a, r, str_from(arg)));
	}
}

static void on_shown(void *arg)
{
	mem_free(arg);
}

static void on_service(struct home *h, const struct service *s)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *message, *privilege;
	char id[13];

	if (!s || (!s->rights && !s->iq_count))
		return;
	arena_init(&a, ADVERT_MAX);
	random_token(id, sizeof(id) - 1);
	message = xml_new(&a, NS_CLIENT, STR("message"));
	xml_set(&a, message, STR("from"), h->domain);
	xml_set(&a, message, STR("to"), s->domain);
	xml_set(&a, message, STR("id"), str_from(id));
	privilege = xml_add_new(&a, message, NS_PRIVILEGE, STR("privilege"));
	add_perms(&a, privilege, s);
	post_quietly(h, s->domain, message);
	if (s->rights & SERVICE_PRESENCE)
		census_take(h, show_presence, on_shown, str_dup(s->domain));
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:privilege:2"), STR_INIT("privileged_iq"), IQ_GET,
	  TARGET_OTHER | TARGET_STRANGER, on_privileged_iq },
	{ STR_INIT("urn:xmpp:privilege:2"), STR_INIT("privileged_iq"), IQ_SET,
	  TARGET_OTHER | TARGET_STRANGER, on_privileged_iq },
	{ STR_INIT("urn:xmpp:privilege:2"), STR_INIT("privileged_iq"), IQ_GET,
	  TARGET_SERVER | TARGET_RESOURCE, on_misdirected },
	{ STR_INIT("urn:xmpp:privilege:2"), STR_INIT("privileged_iq"), IQ_SET,
	  TARGET_SERVER | TARGET_RESOURCE, on_misdirected },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_SERVER, PHASE_GUARD, on_message },
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, on_carried },
	{ .run = NULL },
};

const struct feature feature_privilege = {
	.name = "privilege",
	.spec = "XEP-0356 0.4.1",
	.test = "component/privilege-roster.talk, component/privilege-message.talk, "
		"component/privilege-iq.talk, component/privilege-presence.talk",
	.iq = iq,
	.hooks = hooks,
	.entity_state = sizeof(struct privilege),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
	.on_answer = on_answer,
	.on_service = on_service,
};
