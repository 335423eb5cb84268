/* SPDX-License-Identifier: Apache-2.0 */
/* Namespace delegation (XEP-0355 0.5, the mode of the administrator): requests that the server
 * would answer go to a service, whose answer comes back as if it were the server's. The account
 * (or, for those who are not users, the server) that was asked remembers it; the id of the
 * forwarded request says whose it is. */
#include "server/feature/delegation.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "server/route/router.h"
#include "server/route/service.h"
#include "xep/forward.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	PENDING_MAX = 64, /* forwarded requests to one account that are not answered */
	ASK_LEN = 20,
	ADVERT_MAX = 64 * 1024, /* bytes */
};
static const usec_t PENDING_USEC = 60 * USEC_PER_SEC;

struct pending {
	struct list link; /* in delegation->pending */
	struct entity *entity;
	struct timer timer;
	uint64_t resource; /* of the own client that asked, or 0 */
	char token[ASK_LEN + 1];
	struct str service;      /* owned, as the following */
	struct str id, from, to; /* of the request; to may be unset */
};

struct delegation {
	struct list pending;
	unsigned count;
};

static size_t entity_offset;

static struct delegation *delegation_of(const struct entity *e)
{
	struct delegation *x = entity_slot(e, entity_offset);

	if (!x->pending.next)
		list_init(&x->pending);
	return x;
}

static struct str keep(struct str s)
{
	return s.ptr ? str_make(str_dup(s), s.len) : STR_NONE;
}

static void pending_free(struct pending *p)
{
	struct entity *e = p->entity;

	loop_timer_stop(e->home->loop, &p->timer);
	list_remove(&p->link);
	delegation_of(e)->count--;
	mem_free((void *)(uintptr_t)p->service.ptr);
	mem_free((void *)(uintptr_t)p->id.ptr);
	mem_free((void *)(uintptr_t)p->from.ptr);
	mem_free((void *)(uintptr_t)p->to.ptr);
	mem_free(p);
	entity_unpin(e);
}

static void on_unload(struct entity *e)
{
	struct delegation *x = delegation_of(e);

	list_each (link, &x->pending)
		pending_free(list_entry(link, struct pending, link));
}

/* ---- back to who asked ---- */

static void give(struct dispatch *d, const struct pending *p, struct xml *iq)
{
	struct resource *r =
		p->resource ? resource_by_id(&d->entity->resources, p->resource) : NULL;

	xml_set(d->arena, iq, STR("id"), arena_dup(d->arena, p->id));
	xml_set(d->arena, iq, STR("to"), arena_dup(d->arena, p->from));
	xml_set(d->arena, iq, STR("from"), p->to.ptr ? arena_dup(d->arena, p->to) : STR_NONE);
	if (r)
		dispatch_deliver(d, r, iq);
	else if (!p->resource)
		dispatch_route(d, iq);
}

/* 4.3: whatever went wrong. */
static void give_up(struct dispatch *d, void *arg)
{
	struct pending *p = arg;
	struct xml *iq = xml_new(d->arena, NS_CLIENT, STR("iq"));
	struct xml *error = xml_add_new(d->arena, iq, NS_CLIENT, STR("error"));

	xml_set(d->arena, iq, STR("type"), STR("error"));
	xml_set(d->arena, error, STR("type"), condition_type(COND_SERVICE_UNAVAILABLE));
	(void)xml_add_new(d->arena, error, NS_STANZAS, condition_name(COND_SERVICE_UNAVAILABLE));
	give(d, p, iq);
	pending_free(p);
}

static void on_timer(struct timer *t)
{
	struct pending *p = container_of(t, struct pending, timer);

	router_act(p->entity, give_up, p);
}

/* ---- the answer of the service ---- */

static bool is_address(struct dispatch *d, struct str text, struct str wanted)
{
	struct jid one, other;

	return jid_parse(d->arena, text, &one) == OK && jid_parse(d->arena, wanted, &other) == OK &&
	       jid_eq(one, other);
}

/* 4.3: it must be the result of that request, with its addresses. Without an address it was for
 * the account. */
static bool is_sound(struct dispatch *d, const struct pending *p, const struct xml *iq)
{
	struct str from = xml_attr(iq, STR("from"));
	bool is_from_right = p->to.ptr ? is_address(d, from, p->to)
				       : !from.ptr || is_address(d, from, d->entity->jid.full);

	return xml_is(iq, NS_CLIENT, STR("iq")) && is_from_right &&
	       str_eq(xml_attr(iq, STR("type")), STR("result")) &&
	       str_eq(xml_attr(iq, STR("id")), p->id) &&
	       is_address(d, xml_attr(iq, STR("to")), p->from);
}

static struct xml *inside(const struct stanza *s)
{
	const struct xml *delegation = stanza_payload(s);

	if (s->type != IQ_RESULT || !xml_is(delegation, NS_DELEGATION, STR("delegation")))
		return NULL;
	return forward_inside(xml_child(delegation, NS_FORWARD, STR("forwarded")));
}

static void answered(struct dispatch *d, struct pending *p)
{
	struct xml *iq = inside(&d->stanza);

	if (!iq || !is_sound(d, p, iq)) {
		give_up(d, p);
		return;
	}
	give(d, p, xml_copy(d->arena, iq));
	pending_free(p);
}

/* The account that asked. */
static struct str asker_of(struct str id)
{
	return id.len > ASK_LEN && id.ptr[ASK_LEN] == '/' ? str_from_at(id, ASK_LEN + 1) : STR_NONE;
}

/* At the server comes what is for one of its users: there he lives. */
static enum verdict pass_on(struct dispatch *d, struct str asker)
{
	struct jid jid;

	if (jid_parse(d->arena, asker, &jid) || !jid.node.len || jid.resource.len ||
	    !str_eq(jid.domain, d->home->domain) || !str_eq(jid.full, asker))
		return PASS;
	parcel_post(parcel_new(home_of(d->home, asker), asker, WAY_IN,
			       dispatch_bytes(d, d->stanza.el)));
	return DONE;
}

static enum verdict on_answer(struct dispatch *d)
{
	struct str asker = asker_of(d->stanza.id);
	const struct service *s = service_of(d->home, d->stanza.from);

	if (!s || !asker.len || d->way != WAY_IN)
		return PASS;
	if (!str_eq(asker, d->entity->jid.full))
		return d->entity->jid.node.len ? PASS : pass_on(d, asker);
	list_each (link, &delegation_of(d->entity)->pending) {
		struct pending *p = list_entry(link, struct pending, link);

		if (secret_equal(p->token, d->stanza.id.ptr, ASK_LEN) &&
		    str_eq(p->service, s->domain)) {
			answered(d, p);
			return DONE;
		}
	}
	return PASS;
}

/* ---- the request ---- */

/* Whether the server would answer it: 4.3, no address, the server, or a bare JID. */
static bool is_for_server(const struct dispatch *d)
{
	struct jid to = d->stanza.to;

	if (d->stanza.type != IQ_GET && d->stanza.type != IQ_SET)
		return false;
	if (d->way == WAY_IN)
		return !jid_is_full(to);
	return !jid_is_set(to) || jid_eq(to, d->entity->jid) || str_eq(to.full, d->home->domain);
}

static bool fits(const struct service_delegation *x, const struct xml *payload)
{
	if (!str_eq(x->ns, payload->ns))
		return false;
	for (size_t i = 0; i < x->attr_count; i++) {
		if (!xml_attr(payload, x->attrs[i]).ptr)
			return false;
	}
	return true;
}

static const struct service *service_for(const struct services *all, const struct xml *payload)
{
	for (size_t i = 0; payload && all && i < all->count; i++) {
		for (size_t k = 0; k < all->items[i].delegation_count; k++) {
			if (fits(&all->items[i].delegations[k], payload))
				return &all->items[i];
		}
	}
	return NULL;
}

static struct pending *remember(struct dispatch *d, const struct service *s)
{
	struct delegation *x = delegation_of(d->entity);
	struct pending *p = mem_zalloc(1, sizeof(*p));

	p->entity = d->entity;
	p->resource = d->way == WAY_OUT ? d->resource_id : 0;
	random_token(p->token, ASK_LEN);
	p->service = keep(s->domain);
	p->id = keep(d->stanza.id);
	p->from = keep(d->stanza.from.full);
	p->to = jid_is_set(d->stanza.to) ? keep(d->stanza.to.full) : STR_NONE;
	p->timer.fn = on_timer;
	list_append(&x->pending, &p->link);
	x->count++;
	entity_pin(d->entity);
	loop_timer(d->home->loop, &p->timer, PENDING_USEC);
	return p;
}

static void forward(struct dispatch *d, const struct pending *p)
{
	struct arena *a = d->arena;
	struct xml *iq = xml_new(a, NS_CLIENT, STR("iq"));
	struct xml *delegation = xml_add_new(a, iq, NS_DELEGATION, STR("delegation"));

	xml_set(a, iq, STR("from"), d->home->domain);
	xml_set(a, iq, STR("to"), arena_dup(a, p->service));
	xml_set(a, iq, STR("id"), ARENA_JOIN(a, str_from(p->token), STR("/"), d->entity->jid.full));
	xml_set(a, iq, STR("type"), STR("set"));
	xml_add(delegation, forward_wrap(a, xml_copy(a, d->stanza.el), 0));
	dispatch_route(d, iq);
}

/* What the service itself asks, and what anybody asks in the name of a user (feature/privilege), is
 * answered by the server: 4.3.1. */
static enum verdict on_iq(struct dispatch *d)
{
	const struct service *s;

	if (!d->home->services || !is_for_server(d) || d->on_reply ||
	    (d->way == WAY_OUT && !d->resource))
		return PASS;
	s = service_for(d->home->services, stanza_payload(&d->stanza));
	if (!s || str_eq(d->stanza.from.domain, s->domain))
		return PASS;
	if (delegation_of(d->entity)->count >= PENDING_MAX)
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	forward(d, remember(d, s));
	return DONE;
}

/* ---- a service comes ---- */

static struct xml *advert(struct arena *a, const struct home *h, const struct service *s)
{
	struct xml *message = xml_new(a, NS_CLIENT, STR("message"));
	struct xml *delegation = xml_add_new(a, message, NS_DELEGATION, STR("delegation"));
	char id[13];

	random_token(id, sizeof(id) - 1);
	xml_set(a, message, STR("from"), h->domain);
	xml_set(a, message, STR("to"), s->domain);
	xml_set(a, message, STR("id"), arena_dup(a, str_from(id)));
	for (size_t i = 0; i < s->delegation_count; i++) {
		const struct service_delegation *x = &s->delegations[i];
		struct xml *one = xml_add_new(a, delegation, NS_DELEGATION, STR("delegated"));

		xml_set(a, one, STR("namespace"), x->ns);
		for (size_t k = 0; k < x->attr_count; k++)
			xml_set(a, xml_add_new(a, one, NS_DELEGATION, STR("attribute")),
				STR("name"), x->attrs[k]);
	}
	return message;
}

/* 4.2 */
static void on_service(struct home *h, const struct service *s)
{
	struct arena a scoped(arena_done) = { 0 };
	struct bytes *bytes;

	if (!s || !s->delegation_count)
		return;
	arena_init(&a, ADVERT_MAX);
	sbuf_reset(&h->scratch);
	if (xml_write(&h->scratch, advert(&a, h, s), NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&h->scratch));
	(void)service_post(h, s->domain, bytes, true); /* it may have gone with a reload */
	(void)bytes_unref(bytes);
}

static const struct hook hooks[] = {
	{ STANZA_IQ, WAY_OUT, PHASE_STAMP, on_iq },
	{ STANZA_IQ, WAY_IN, PHASE_STAMP, on_iq },
	{ STANZA_IQ, WAY_SERVER, PHASE_STAMP, on_iq },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("urn:xmpp:delegation:2"), { .ptr = NULL } };

const struct feature feature_delegation = {
	.name = "delegation",
	.spec = "XEP-0355 0.5",
	.test = "component/delegation.talk",
	.disco_domain = vars,
	.hooks = hooks,
	.entity_state = sizeof(struct delegation),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
	.on_answer = on_answer,
	.on_service = on_service,
};
