/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery of nodes, see pep_disco.h. */
#include "server/pep/pep_disco.h"

#include "server/pep/pep_access.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xmpp/ns.h"

static struct pep_node *readable(struct dispatch *d, struct str name)
{
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_find(d->entity->pep, name);

	return node && pep_may_read(node, &who) == PEP_ALLOWED ? node : NULL;
}

/* At a service, who knows the name of a node that he may ask to be let into sees what it is. */
static struct pep_node *visible(struct dispatch *d, struct str name)
{
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_find(d->entity->pep, name);

	if (node && pep_is_service(d->entity) && pep_may_read(node, &who) == PEP_NEEDS_SUBSCRIPTION)
		return node;
	return readable(d, name);
}

size_t pep_disco_nodes(struct dispatch *d, struct xml *query)
{
	struct pep_subject who = pep_asker(d);
	const struct pep_node *node;
	size_t at = 0, count = 0;

	while ((node = map_next(&d->entity->pep->nodes, &at))) {
		struct str title = node->config.text[PUBSUB_TITLE];

		if (pep_may_read(node, &who) != PEP_ALLOWED)
			continue;
		disco_add_item(d->arena, query, d->entity->jid.full, title.len ? title : STR_NONE,
			       node->name);
		count++;
	}
	return count;
}

static void add_metadata(struct dispatch *d, struct xml *query, const struct pep_node *node)
{
	struct xml *form = form_new(d->arena, STR("result"),
				    STR("http://jabber.org/protocol/pubsub#meta-data"));
	struct xml *owners =
		form_add(d->arena, form, STR("pubsub#owner"), STR("jid-multi"), STR_NONE);
	const struct pep_person *person;
	unsigned subscribers = 0;
	size_t at = 0;

	if (!pep_is_service(d->entity))
		form_add_value(d->arena, owners, d->entity->jid.full);
	while ((person = pep_person_next(node, &at))) {
		subscribers += person->subscription == PEP_SUBSCRIBED;
		if (person->affiliation == PEP_OWNER)
			form_add_value(d->arena, owners, person->jid);
	}
	if (node->creator.len)
		form_add_field(d->arena, form, STR("pubsub#creator"), STR("jid-single"),
			       node->creator);
	form_add_field(d->arena, form, STR("pubsub#num_subscribers"), STR("text-single"),
		       arena_printf(d->arena, "%u", subscribers));
	pubsub_config_describe(&node->config, d->arena, form);
	xml_add(query, form);
}

struct xml *pep_disco_node_info(struct dispatch *d, struct str name)
{
	const struct pep_node *node = visible(d, name);
	struct xml *query;

	if (!node)
		return NULL;
	query = disco_info_new(d->arena, name);
	disco_add_identity(d->arena, query, STR("pubsub"), STR("leaf"), STR_NONE);
	disco_add_feature(d->arena, query, NS_PUBSUB);
	disco_add_feature(d->arena, query, NS_DISCO_INFO);
	disco_add_feature(d->arena, query, NS_DISCO_ITEMS);
	add_metadata(d, query, node);
	return query;
}

struct xml *pep_disco_node_items(struct dispatch *d, struct str name)
{
	const struct pep_node *node = readable(d, name);
	struct xml *query;

	if (!node)
		return NULL;
	query = disco_items_new(d->arena, name);
	/* 5.5: the name is the item's id, and there is no node. */
	for (const struct pep_item *item = pep_item_first(node); item; item = pep_item_next(item))
		disco_add_item(d->arena, query, d->entity->jid.full, item->id, STR_NONE);
	return query;
}
