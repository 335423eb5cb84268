/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of what an account has published, see pep_change.h. */
#include "server/pep/pep_change.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_row.h"
#include "server/pep/pep_service.h"
#include "server/route/registry.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.pep_nodes", CONF_INT, "500", 10, 100000,
	  "Nodes (XEP-0163) that one account may have." },
	{ "limits.pep_items", CONF_INT, "5000", 10, 1000000,
	  "Items that one account may have, in all its nodes." },
	{ "limits.pep_node_items", CONF_INT, "2000", 1, 1000000,
	  "Items of one node: what max_items=\"max\" stands for." },
	{ "limits.pep_item_bytes", CONF_SIZE, "\"256KiB\"", 1024, 4 * 1024 * 1024,
	  "Largest item, pictures of avatars included." },
	{ "limits.pep_bytes", CONF_SIZE, "\"32MiB\"", 64 * 1024, (int64_t)1024 * 1024 * 1024,
	  "Bytes of all items of one account." },
	{ .path = NULL },
};
const struct conf_table pep_conf = { .module = "Personal eventing", .keys = keys };

enum { ITEM_INDEX_BYTES = 16 /* at most, of an item's key beside the node's name and the id */ };

static void drop_items(struct dispatch *d, struct pep_node *node, size_t kept)
{
	while (node->item_count > kept)
		pep_drop_item(d, pep_item_first(node));
}

/* ---- nodes ---- */

struct pep_node *pep_create(struct dispatch *d, struct str name, const struct pubsub_config *config)
{
	struct pep *p = d->entity->pep;
	struct pep_limits limits = pep_limits_of(d->entity);
	struct str creator = pep_is_service(d->entity) ? jid_bare_str(d->stanza.from) : STR("");
	struct pep_node *node;

	if (p->nodes.count >= limits.nodes || p->index_bytes >= limits.index_bytes)
		return NULL;
	node = pep_node_add(p, name, config, creator);
	pep_save(d, node);
	if (creator.len) {
		must(!pep_person_set(p, node, creator, PEP_OWNER, PEP_UNSUBSCRIBED));
		pep_save_person(d, node, creator);
	}
	return node;
}

void pep_configure(struct dispatch *d, struct pep_node *node, const struct pubsub_config *config)
{
	pep_node_configure(d->entity->pep, node, config);
	drop_items(d, node, pep_items_max(node, pep_limits_of(d->entity).node_items));
	pep_save(d, node);
	if (config->choice[PUBSUB_NOTIFY_CONFIG])
		pep_tell_configuration(d, node);
}

struct pep_node *pep_private_node(struct dispatch *d, struct str name)
{
	struct pep_node *node = pep_node_find(d->entity->pep, name);
	struct pubsub_config config = node ? node->config : pubsub_config_default();

	config.choice[PUBSUB_ACCESS_MODEL] = ACCESS_WHITELIST;
	config.choice[PUBSUB_PERSIST_ITEMS] = 1;
	config.number[PUBSUB_MAX_ITEMS] = PUBSUB_NO_LIMIT;
	if (!node) {
		config.choice[PUBSUB_SEND_LAST] = SEND_LAST_NEVER;
		return pep_create(d, name, &config);
	}
	if (!pubsub_config_eq(&config, &node->config))
		pep_configure(d, node, &config);
	return node;
}

void pep_delete(struct dispatch *d, struct pep_node *node)
{
	if (node->config.choice[PUBSUB_NOTIFY_DELETE])
		pep_tell(d, node, STR("delete"));
	pep_drop(d, node);
}

void pep_drop(struct dispatch *d, struct pep_node *node)
{
	struct str name = arena_dup(d->arena, node->name);

	drop_items(d, node, 0);
	pep_unsave(d, node);
	pep_node_remove(d->entity->pep, node);
	registry_item(d, name, STR(""), NULL);
}

void pep_purge(struct dispatch *d, struct pep_node *node)
{
	pep_tell(d, node, STR("purge"));
	drop_items(d, node, 0);
	registry_item(d, node->name, STR(""), NULL);
}

/* ---- items ---- */

void pep_retract(struct dispatch *d, struct pep_item *item, bool is_told)
{
	struct str node = item->node->name, id = arena_dup(d->arena, item->id);

	if (is_told || item->node->config.choice[PUBSUB_NOTIFY_RETRACT])
		pep_tell_retracted(d, item->node, id);
	pep_drop_item(d, item);
	registry_item(d, node, id, NULL);
}

void pep_expire(struct dispatch *d, struct pep_node *node)
{
	int32_t seconds = node->config.number[PUBSUB_ITEM_EXPIRE];
	struct pep_item *item;
	usec_t before = wall_now() - seconds * USEC_PER_SEC;

	if (!seconds || seconds == PUBSUB_NO_LIMIT)
		return;
	while ((item = pep_item_first(node)) && item->wall_time < before)
		pep_drop_item(d, item);
}

/* The payload as it is stored; empty without one. */
static enum err write_payload(struct dispatch *d, const struct pep_node *node,
			      const struct xml *payload, struct str *ret_text)
{
	size_t limit = pep_limits_of(d->entity).item_bytes;
	size_t wanted = (size_t)node->config.number[PUBSUB_MAX_PAYLOAD];
	struct sbuf out scoped(sbuf_done) = SBUF(wanted < limit ? wanted : limit);

	if (payload && xml_write_alone(&out, payload))
		return ERR_TOO_BIG;
	*ret_text = out.len ? arena_dup(d->arena, sbuf_str(&out)) : STR("");
	return OK;
}

/* Whether the account may have this item instead of old (NULL: beside all others). */
static bool has_room(const struct dispatch *d, const struct pep_item *old, size_t bytes)
{
	const struct pep *p = d->entity->pep;
	struct pep_limits limits = pep_limits_of(d->entity);
	size_t kept = p->bytes - (old ? old->bytes : 0);

	return kept + bytes <= limits.bytes &&
	       (old || (p->items.count < limits.items && p->index_bytes < limits.index_bytes));
}

bool pep_has_room(const struct dispatch *d, const struct pep_node *node, size_t items, size_t bytes,
		  size_t id_bytes)
{
	const struct pep *p = d->entity->pep;
	struct pep_limits limits = pep_limits_of(d->entity);
	size_t index = id_bytes + items * (node->name.len + ITEM_INDEX_BYTES);

	return node->item_count + items <= pep_items_max(node, limits.node_items) &&
	       p->items.count + items <= limits.items && p->bytes + bytes <= limits.bytes &&
	       p->index_bytes + index <= limits.index_bytes;
}

/* 7.1.2.5: the oldest go. A node of one item just has another one. */
static void make_room(struct dispatch *d, struct pep_node *node, size_t max)
{
	bool is_told = node->config.choice[PUBSUB_NODE_FULL] == NODE_FULL_RETRACT_OLDEST &&
		       node->config.choice[PUBSUB_NOTIFY_RETRACT] && max > 1;

	while (node->item_count >= max) {
		struct pep_item *oldest = pep_item_first(node);

		if (is_told)
			pep_tell_retracted(d, node, arena_dup(d->arena, oldest->id));
		pep_drop_item(d, oldest);
	}
}

static enum err keep_item(struct dispatch *d, struct pep_node *node, struct str id,
			  struct str publisher, struct str text)
{
	size_t max = pep_items_max(node, pep_limits_of(d->entity).node_items);
	struct pep_item *item = pep_item_find(d->entity->pep, node, id);

	if (!max)
		return OK;
	if (!item && node->item_count >= max &&
	    node->config.choice[PUBSUB_NODE_FULL] == NODE_FULL_REJECT)
		return ERR_EXISTS;
	if (!has_room(d, item ? item : max == 1 ? pep_item_first(node) : NULL, text.len))
		return ERR_NO_SPACE;
	if (!item)
		make_room(d, node, max);
	item = pep_item_put(d->entity->pep, node, id, publisher, text.len);
	pep_save_item(d, item, text);
	return OK;
}

enum err pep_publish(struct dispatch *d, struct pep_node *node, struct str id,
		     const struct xml *payload, struct str publisher)
{
	struct str text;
	enum err e = write_payload(d, node, payload, &text);

	pep_expire(d, node);
	if (!e)
		e = keep_item(d, node, id, publisher, text);
	if (e)
		return e;
	pep_tell_published(
		d, node, &(struct pep_event){ .id = id, .payload = text, .publisher = publisher });
	registry_item(d, node->name, id, payload);
	return OK;
}
