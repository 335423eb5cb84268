/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing and retracting, see pep_publish.h. */
#include "server/pep/pep_publish.h"

#include "base/random.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { ID_CHARS = 26 }; /* of an id that we make: 130 bits */

/* What a request says, once it was judged. */
struct publication {
	struct str node_name, id;
	bool is_id_made;
	const struct xml *item;    /* NULL: none */
	const struct xml *payload; /* NULL: none */
	const struct xml *options; /* form; NULL: none */
	struct pep_subject who;
};

/* ---- reading ---- */

static enum verdict bad(struct dispatch *d, const char *app)
{
	return pep_error(d, COND_BAD_REQUEST, app);
}

/* The one item and its one payload; false: an error was answered. */
static bool read_item(struct dispatch *d, const struct xml *publish, struct publication *p)
{
	const struct xml *second;

	p->item = xml_child(publish, NS_PUBSUB, STR("item"));
	if (!p->item)
		return true;
	for (second = xml_next(p->item); second; second = xml_next(second)) {
		if (xml_is(second, NS_PUBSUB, STR("item"))) {
			(void)bad(d, "invalid-payload"); /* 7.1.1: one at most */
			return false;
		}
	}
	p->id = xml_attr(p->item, STR("id"));
	p->payload = xml_first(p->item);
	if (p->id.len > PEP_ID_MAX ||
	    (p->payload && (xml_next(p->payload) || !p->payload->ns.len))) {
		(void)bad(d, "invalid-payload");
		return false;
	}
	return true;
}

static bool read_options(struct dispatch *d, struct publication *p)
{
	const struct xml *el =
		xml_child(stanza_payload(&d->stanza), NS_PUBSUB, STR("publish-options"));

	if (!el)
		return true;
	p->options = xml_child(el, NS_DATA, STR("x"));
	if (!p->options || form_check(p->options) ||
	    !str_eq(xml_attr(p->options, STR("type")), STR("submit")) ||
	    !str_eq(form_type_of(p->options, d->arena),
		    STR("http://jabber.org/protocol/pubsub#publish-options"))) {
		(void)bad(d, "invalid-options");
		return false;
	}
	return true;
}

static bool read_publication(struct dispatch *d, const struct xml *publish, struct publication *p)
{
	p->who = pep_asker(d);
	p->node_name = xml_attr(publish, STR("node"));
	if (!p->node_name.len || p->node_name.len > PEP_NAME_MAX) {
		(void)bad(d, "nodeid-required");
		return false;
	}
	return read_item(d, publish, p) && read_options(d, p);
}

/* ---- 7.1.3.6: what the node wants ---- */

static bool fits_node(struct dispatch *d, const struct pubsub_config *c,
		      const struct publication *p)
{
	bool is_kept = c->choice[PUBSUB_PERSIST_ITEMS],
	     has_payloads = c->choice[PUBSUB_DELIVER_PAYLOADS];

	if (!p->item && is_kept)
		(void)bad(d, "item-required");
	else if (!p->payload && has_payloads)
		(void)bad(d, "payload-required");
	else if (p->item && !is_kept && !has_payloads)
		(void)bad(d, "item-forbidden");
	else
		return true;
	return false;
}

/* ---- 7.1.5: options are preconditions, or the configuration of a new node ---- */

static enum verdict not_met(struct dispatch *d)
{
	return pep_error(d, COND_CONFLICT, "precondition-not-met");
}

/* *config with the options over it; false: an error was answered. */
static bool apply_options(struct dispatch *d, const struct publication *p,
			  struct pubsub_config *config)
{
	struct str field;

	if (p->options && pubsub_config_read(config, p->options, d->arena, true, &field)) {
		(void)not_met(d);
		return false;
	}
	return true;
}

static struct pep_node *create(struct dispatch *d, const struct publication *p)
{
	struct pubsub_config config = pubsub_config_default();
	struct pep_node *node;

	if (!p->who.is_owner) {
		(void)pep_error(d, COND_ITEM_NOT_FOUND, NULL);
		return NULL;
	}
	if (!apply_options(d, p, &config) || !fits_node(d, &config, p))
		return NULL;
	node = pep_create(d, p->node_name, &config);
	if (!node)
		(void)pep_error(d, COND_RESOURCE_CONSTRAINT, "max-nodes-exceeded");
	return node;
}

static bool may_publish(struct dispatch *d, const struct pep_node *node,
			const struct publication *p)
{
	struct pubsub_config wanted = node->config;
	const struct pep_item *old = pep_item_find(d->entity->pep, node, p->id);

	if (!pep_may_publish(node, &p->who) || (old && !pep_may_change(old, &p->who))) {
		(void)pep_error(d, COND_FORBIDDEN, NULL);
		return false;
	}
	if (!apply_options(d, p, &wanted))
		return false;
	if (!pubsub_config_eq(&wanted, &node->config)) {
		(void)not_met(d);
		return false;
	}
	return fits_node(d, &node->config, p);
}

/* ---- the answer ---- */

static enum verdict answer(struct dispatch *d, const struct publication *p)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *pubsub = xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub"));
	struct xml *publish = xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("publish"));

	xml_set(d->arena, publish, STR("node"), p->node_name);
	if (p->item)
		xml_set(d->arena, xml_add_new(d->arena, publish, NS_PUBSUB, STR("item")), STR("id"),
			p->id);
	return dispatch_reply(d, reply);
}

static enum verdict fail(struct dispatch *d, enum err e)
{
	switch (e) {
	case ERR_TOO_BIG:
		return pep_error(d, COND_NOT_ACCEPTABLE, "payload-too-big");
	case ERR_EXISTS:
		return pep_error(d, COND_CONFLICT, "node-full");
	default:
		return pep_error(d, COND_RESOURCE_CONSTRAINT, "max-items-exceeded");
	}
}

enum verdict pep_on_publish(struct dispatch *d, const struct xml *publish)
{
	struct publication p = { 0 };
	struct pep_node *node;
	bool is_new;
	enum err e;

	if (!read_publication(d, publish, &p))
		return DONE;
	node = pep_node_find(d->entity->pep, p.node_name);
	is_new = !node;
	if (is_new ? !(node = create(d, &p)) : !may_publish(d, node, &p))
		return DONE;
	if (!p.id.len) {
		char *id = arena_alloc(d->arena, ID_CHARS + 1);

		random_token(id, ID_CHARS);
		p.id = str_make(id, ID_CHARS);
	}
	e = pep_publish(d, node, p.id, p.payload,
			p.who.is_owner ? STR("") : jid_bare_str(p.who.jid));
	if (e && is_new)
		pep_drop(d, node); /* a request that fails leaves nothing */
	return e ? fail(d, e) : answer(d, &p);
}

/* ---- 7.2 ---- */

static bool read_bool(struct str s)
{
	return str_eq(s, STR("1")) || str_eq(s, STR("true"));
}

enum verdict pep_on_retract(struct dispatch *d, const struct xml *retract)
{
	const struct xml *el = xml_child(retract, NS_PUBSUB, STR("item"));
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_of(d, retract);
	struct pep_item *item;

	if (!node)
		return DONE;
	if (!el || !xml_attr(el, STR("id")).len || xml_next(el))
		return bad(d, "item-required");
	if (!node->config.choice[PUBSUB_PERSIST_ITEMS])
		return pep_unsupported(d, "persistent-items");
	if (!who.is_owner && !pep_may_publish(node, &who))
		return pep_error(d, COND_FORBIDDEN, NULL);
	item = pep_item_find(d->entity->pep, node, xml_attr(el, STR("id")));
	if (!item)
		return pep_error(d, COND_ITEM_NOT_FOUND, NULL);
	if (!pep_may_change(item, &who))
		return pep_error(d, COND_FORBIDDEN, NULL);
	pep_retract(d, item, read_bool(xml_attr(retract, STR("notify"))));
	return dispatch_result(d);
}
