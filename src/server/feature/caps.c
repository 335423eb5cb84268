/* SPDX-License-Identifier: Apache-2.0 */
/* Entity capabilities, see caps.h. Those of clients stand in their presence and are passed on as
 * they are; what an own client wants to be told of (XEP-0163 3.2) is asked once for each hash. On
 * the entity's loop. */
#include "server/feature/caps.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/pep/pep_online.h"
#include "server/route/about.h"
#include "server/route/client_caps.h"
#include "xep/caps.h"
#include "xmpp/ns.h"

enum { QUESTION_CHARS = 20 };

/* Of a resource. */
struct caps {
	struct str said; /* owned: hash, node and ver of its last presence; NULL: none */
	size_t hash_len; /* of said */
	size_t ver_at;   /* in said */
	char question[QUESTION_CHARS + 1]; /* id of the iq that waits for an answer; or empty */
};

static size_t resource_offset;

static struct caps *caps_of(const struct resource *r)
{
	return (struct caps *)(void *)((char *)r->state + resource_offset);
}

static void forget(struct caps *c)
{
	mem_free((void *)(uintptr_t)c->said.ptr);
	*c = (struct caps){ .said = STR_NONE };
}

/* ---- asking ---- */

static void ask(struct dispatch *d, struct resource *r, struct str node, struct str ver)
{
	struct caps *c = caps_of(r);
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("iq")), *query;

	random_token(c->question, QUESTION_CHARS);
	xml_set(d->arena, el, STR("type"), STR("get"));
	xml_set(d->arena, el, STR("id"), arena_dup(d->arena, str_from(c->question)));
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("to"), arena_dup(d->arena, r->jid.full));
	query = xml_add_new(d->arena, el, NS_DISCO_INFO, STR("query"));
	if (node.len && ver.len)
		xml_set(d->arena, query, STR("node"), ARENA_JOIN(d->arena, node, STR("#"), ver));
	dispatch_deliver(d, r, el);
}

static void learn(struct dispatch *d, struct resource *r, const struct xml *el)
{
	struct str hash = xml_attr(el, STR("hash")), node = xml_attr(el, STR("node")),
		   ver = xml_attr(el, STR("ver"));
	struct str said = ARENA_JOIN(d->arena, hash, STR("\n"), node, STR("\n"), ver);
	struct caps *c = caps_of(r);

	if (str_is_set(c->said) && str_eq(c->said, said))
		return; /* known, or asked, or without an answer */
	forget(c);
	c->said = str_make(str_dup(said), said.len);
	c->hash_len = hash.len;
	c->ver_at = said.len - ver.len;
	(void)client_caps_unref(r->caps);
	r->caps = client_caps_find(d->home->client_caps, hash, ver);
	if (!r->caps)
		ask(d, r, node, ver);
}

/* ---- presence of own resources; behind feature/presence ---- */

static enum verdict on_presence(struct dispatch *d)
{
	struct resource *r = d->resource;
	const struct xml *el = xml_child(d->stanza.el, NS_CAPS, STR("c"));

	if (!r || jid_is_set(d->stanza.to))
		return PASS;
	if (!r->is_available) {
		pep_offline(r);
		return PASS;
	}
	if (el) {
		learn(d, r, el);
	} else {
		forget(caps_of(r));
		r->caps = client_caps_unref(r->caps);
	}
	pep_online(d, r);
	return PASS;
}

static enum verdict on_answer(struct dispatch *d)
{
	struct resource *r = d->target == TARGET_SELF ? d->resource : NULL;
	struct caps *c = r ? caps_of(r) : NULL;
	const struct xml *query = stanza_payload(&d->stanza);

	if (!c || !c->question[0] || !str_eq(d->stanza.id, str_from(c->question)))
		return PASS;
	c->question[0] = '\0';
	if (d->stanza.type != IQ_RESULT || !xml_is(query, NS_DISCO_INFO, STR("query")))
		return DONE;
	(void)client_caps_unref(r->caps);
	r->caps = client_caps_learn(d->home->client_caps, str_sub(c->said, 0, c->hash_len),
				    str_from_at(c->said, c->ver_at), query);
	pep_online(d, r);
	return DONE;
}

static void on_close(struct dispatch *d, struct resource *r)
{
	(void)d;
	forget(caps_of(r));
}

/* ---- the server's own (XEP-0115 6.3) ---- */

static void stream_features(const struct home *h, struct arena *a, struct xml *features)
{
	struct str ver = about_ver(h, a);

	if (ver.len)
		xml_add(features, caps_new(a, ABOUT_NODE, ver));
}

static const struct str vars[] = { STR_INIT("http://jabber.org/protocol/caps"), { .ptr = NULL } };

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_NOTIFY, on_presence },
	{ .run = NULL },
};

const struct feature feature_caps = {
	.name = "caps",
	.spec = "XEP-0115 1.6.0",
	.test = "im/caps.talk, pep/notify.talk",
	.disco_domain = vars,
	.hooks = hooks,
	.resource_state = sizeof(struct caps),
	.resource_offset = &resource_offset,
	.on_answer = on_answer,
	.on_close = on_close,
	.stream_features = stream_features,
};
