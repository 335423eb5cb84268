/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery of delegated namespaces (XEP-0355 0.5 7.2). The home of a service asks it when it
 * comes, in the server's name; the answers arrive at the home of the server, which passes them on
 * to that of the service; there they are judged, and spread to all homes. So all that one service
 * says comes from one loop, in order, and is gone with it. A service that does not answer, or not
 * soundly, leaves everything as it is without it. */
#include "server/feature/nesting.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/route/nest.h"
#include "server/route/service.h"
#include "xep/disco.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#define ID_PREFIX STR("nest-")

enum { ASK_ARENA_MAX = 64 * 1024 /* bytes */ };

/* ---- to all homes ---- */

struct change {
	struct letter letter;
	struct home *home;
	struct nest *nest; /* a count */
	bool is_gone;
};

static void carry_out(struct home *h, struct nest *n, bool is_gone)
{
	if (is_gone)
		nests_drop(h, n);
	else
		nests_put(h, n);
}

static void on_change(struct letter *l)
{
	struct change *c = container_of(l, struct change, letter);

	carry_out(c->home, c->nest, c->is_gone);
	(void)nest_unref(c->nest);
	mem_free(c);
}

static void spread(struct home *h, struct nest *n, bool is_gone)
{
	for (unsigned i = 0; i < h->count; i++) {
		struct change *c;

		if (h->all[i] == h)
			continue;
		c = mem_alloc(sizeof(*c));
		*c = (struct change){ .letter = { .fn = on_change },
				      .home = h->all[i],
				      .nest = nest_ref(n),
				      .is_gone = is_gone };
		loop_post(c->home->loop, &c->letter);
	}
	carry_out(h, n, is_gone);
}

/* ---- the question ---- */

static void ask(struct home *h, const struct nest *n)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq;
	struct bytes *bytes;

	arena_init(&a, ASK_ARENA_MAX);
	iq = xml_new(&a, NS_CLIENT, STR("iq"));
	xml_set(&a, iq, STR("from"), h->domain);
	xml_set(&a, iq, STR("to"), n->service);
	xml_set(&a, iq, STR("type"), STR("get"));
	xml_set(&a, iq, STR("id"), ARENA_JOIN(&a, ID_PREFIX, str_from(n->token)));
	xml_add(iq, disco_info_new(&a, nest_node(&a, n->ns, n->is_bare)));
	sbuf_reset(&h->scratch);
	if (xml_write(&h->scratch, iq, NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&h->scratch));
	(void)service_post(h, n->service, bytes, true); /* it may have gone with a reload */
	(void)bytes_unref(bytes);
}

static void on_service(struct home *h, const struct service *s)
{
	for (size_t i = 0; s && i < 2 * s->delegation_count; i++) {
		struct nest *n = nest_new(s->domain, s->delegations[i / 2].ns, i % 2);

		nests_put(h, n);
		ask(h, n);
		(void)nest_unref(n);
	}
}

static void on_service_gone(struct home *h, struct str domain)
{
	struct nest *n;
	size_t at = 0;

	while ((n = map_next(&h->nests, &at))) {
		if (!str_eq(n->service, domain))
			continue;
		(void)nest_ref(n);
		spread(h, n, true);
		(void)nest_unref(n);
	}
}

/* ---- the answer ---- */

struct answer {
	struct letter letter;
	struct home *home;
	struct bytes *text;
	struct str service, token; /* views into name */
	char name[];
};

static void take(struct home *h, const struct answer *x)
{
	const struct nest *asked = nests_asked(h, x->service, x->token);
	struct nest *n;

	if (!asked)
		return;
	if (nest_answered(asked, bytes_str(x->text), &n)) {
		log_warn(NULL, "what a component says of a namespace is not taken",
			 F_STR("domain", asked->service), F_STR("namespace", asked->ns));
		return;
	}
	if (nests_have_room(h, n))
		spread(h, n, false);
	else
		log_warn(NULL, "a component has too many features", F_STR("domain", n->service),
			 F_STR("namespace", n->ns));
	(void)nest_unref(n);
}

static void on_arrival(struct letter *l)
{
	struct answer *x = container_of(l, struct answer, letter);

	take(x->home, x);
	(void)bytes_unref(x->text);
	mem_free(x);
}

static void pass_on(struct dispatch *d, const struct service *s, struct str token)
{
	struct answer *x = mem_alloc(sizeof(*x) + s->domain.len + token.len);

	*x = (struct answer){ .letter = { .fn = on_arrival },
			      .home = home_of(d->home, s->domain),
			      .text = dispatch_bytes(d, stanza_payload(&d->stanza)) };
	memcpy(x->name, s->domain.ptr, s->domain.len);
	memcpy(x->name + s->domain.len, token.ptr, token.len);
	x->service = str_make(x->name, s->domain.len);
	x->token = str_make(x->name + s->domain.len, token.len);
	loop_post(x->home->loop, &x->letter);
}

static enum verdict on_answer(struct dispatch *d)
{
	const struct service *s;

	if (d->way != WAY_IN || d->entity->jid.node.len || !str_starts(d->stanza.id, ID_PREFIX))
		return PASS;
	s = service_of(d->home, d->stanza.from);
	if (!s)
		return PASS;
	if (d->stanza.type == IQ_RESULT &&
	    xml_is(stanza_payload(&d->stanza), NS_DISCO_INFO, STR("query")))
		pass_on(d, s, str_from_at(d->stanza.id, ID_PREFIX.len));
	return DONE;
}

const struct feature feature_nesting = {
	.name = "nesting",
	.spec = "XEP-0355 0.5",
	.test = "component/nesting.talk",
	.on_answer = on_answer,
	.on_service = on_service,
	.on_service_gone = on_service_gone,
};
