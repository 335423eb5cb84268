/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery (XEP-0030). Who may not see an account's presence gets the answer that nobody's
 * account gives (XEP-0030 8, RFC 6121 8.5.1). */
#include "server/feature/disco.h"

#include "server/pep/pep_disco.h"
#include "server/route/about.h"
#include "server/route/registry.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"
#include "xep/disco.h"
#include "xmpp/ns.h"

static struct str node_of(const struct dispatch *d)
{
	return xml_attr(stanza_payload(&d->stanza), STR("node"));
}

static enum verdict answer(struct dispatch *d, struct xml *query)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	xml_add(reply, query);
	return dispatch_reply(d, reply);
}

static enum verdict ask_features(struct dispatch *d, struct str node, bool is_items)
{
	const struct feature *const *f = registry_features(d->home->registry);

	for (; *f; f++) {
		enum verdict v = (*f)->disco_node ? (*f)->disco_node(d, node, is_items) : PASS;

		if (v != PASS)
			return v;
	}
	return dispatch_error(d, COND_ITEM_NOT_FOUND);
}

/* XEP-0115 6.2: node#ver, as the server's features say it. */
static bool is_own_caps(const struct dispatch *d, struct str node)
{
	struct str own = ARENA_JOIN(d->arena, ABOUT_NODE, STR("#"), about_ver(d->home, d->arena));

	return str_eq(node, own);
}

static enum verdict domain_info(struct dispatch *d)
{
	struct str node = node_of(d);

	if (node.len && !is_own_caps(d, node))
		return ask_features(d, node, false);
	return answer(d, about_domain(d->home, d->arena, node));
}

static enum verdict domain_items(struct dispatch *d)
{
	const struct services *services = d->home->services;
	struct str node = node_of(d);
	struct xml *query;

	if (node.len)
		return ask_features(d, node, true);
	query = disco_items_new(d->arena, node);
	for (unsigned i = 1; i < d->home->realm_count; i++)
		disco_add_item(d->arena, query, d->home->realms[i].domain, STR_NONE, STR_NONE);
	for (size_t i = 0; services && i < services->count; i++)
		disco_add_item(d->arena, query, arena_dup(d->arena, services->items[i].domain),
			       STR_NONE, STR_NONE);
	return answer(d, query);
}

static bool may_ask(const struct dispatch *d)
{
	return d->target == TARGET_SELF || roster_may_see(d->entity, d->stanza.from);
}

/* Nodes of personal eventing have rules of their own: each is for those who may read it. */
static enum verdict answer_node(struct dispatch *d, struct xml *query, bool is_items)
{
	if (query)
		return answer(d, query);
	if (!may_ask(d))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	return ask_features(d, node_of(d), is_items);
}

static enum verdict account_info(struct dispatch *d)
{
	struct str node = node_of(d);

	if (node.len)
		return answer_node(d, pep_disco_node_info(d, node), false);
	if (!may_ask(d))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	return answer(d, about_account(d->home, d->arena));
}

static enum verdict account_items(struct dispatch *d)
{
	struct str node = node_of(d);
	struct xml *query;

	if (node.len)
		return answer_node(d, pep_disco_node_items(d, node), true);
	query = disco_items_new(d->arena, STR_NONE);
	if (!pep_disco_nodes(d, query) && !may_ask(d))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	return answer(d, query);
}

#define INFO  STR_INIT("http://jabber.org/protocol/disco#info")
#define ITEMS STR_INIT("http://jabber.org/protocol/disco#items")

static const struct iq_handler iq[] = {
	{ INFO, STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SERVER, domain_info },
	{ ITEMS, STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SERVER, domain_items },
	{ INFO, STR_INIT("query"), IQ_GET, TARGET_SELF | TARGET_OTHER | TARGET_STRANGER,
	  account_info },
	{ ITEMS, STR_INIT("query"), IQ_GET, TARGET_SELF | TARGET_OTHER | TARGET_STRANGER,
	  account_items },
	{ .run = NULL },
};

static const struct str vars[] = { INFO, ITEMS, { .ptr = NULL } };

const struct feature feature_disco = {
	.name = "disco",
	.spec = "XEP-0030 2.5.0",
	.test = "im/disco.talk, im/disco-contact.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
};
