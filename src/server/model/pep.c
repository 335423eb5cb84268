/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has published, see pep.h: the state. */
#include "server/model/pep.h"

#include "base/mem.h"

static struct str own(struct str s)
{
	return str_make(str_dup(s), s.len);
}

static void drop(struct str *s)
{
	mem_free((void *)(uintptr_t)s->ptr);
	*s = STR_NONE;
}

struct pep *pep_new(size_t people_max)
{
	struct pep *p = mem_zalloc(1, sizeof(*p));

	map_init(&p->nodes);
	map_init(&p->items);
	p->people_max = people_max;
	return p;
}

void pep_free(struct pep **pep)
{
	struct pep *p = *pep;
	struct pep_node *node;
	size_t at = 0;

	*pep = NULL;
	if (!p)
		return;
	while ((node = map_next(&p->nodes, &at)))
		pep_node_remove(p, node);
	map_done(&p->nodes);
	map_done(&p->items);
	mem_free(p);
}

/* ---- nodes ---- */

struct pep_node *pep_node_find(const struct pep *p, struct str name)
{
	return map_get(&p->nodes, name);
}

static void own_texts(struct pubsub_config *c)
{
	for (size_t i = 0; i < PUBSUB_TEXTS; i++)
		c->text[i] = own(c->text[i]);
}

static void drop_texts(struct pubsub_config *c)
{
	for (size_t i = 0; i < PUBSUB_TEXTS; i++)
		drop(&c->text[i]);
}

static size_t text_bytes(const struct pubsub_config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < PUBSUB_TEXTS; i++)
		n += c->text[i].len;
	return n;
}

static void person_remove(struct pep *p, struct pep_node *node, struct pep_person *person)
{
	p->index_bytes -= person->jid.len;
	(void)map_remove(&node->people, person->jid);
	drop(&person->jid);
	mem_free(person);
}

struct pep_node *pep_node_add(struct pep *p, struct str name, const struct pubsub_config *config,
			      struct str creator)
{
	struct pep_node *node = mem_zalloc(1, sizeof(*node));

	node->name = own(name);
	node->config = *config;
	own_texts(&node->config);
	node->creator = own(creator);
	list_init(&node->items);
	map_init(&node->people);
	p->index_bytes += name.len + creator.len + text_bytes(config);
	must(!map_set(&p->nodes, node->name, node));
	return node;
}

void pep_node_configure(struct pep *p, struct pep_node *node, const struct pubsub_config *config)
{
	struct pubsub_config old = node->config;

	node->config = *config;
	own_texts(&node->config);
	p->index_bytes += text_bytes(config);
	p->index_bytes -= text_bytes(&old);
	drop_texts(&old);
}

void pep_node_remove(struct pep *p, struct pep_node *node)
{
	struct pep_person *person;
	struct pep_item *item;
	size_t at = 0;

	while ((item = pep_item_first(node)))
		pep_item_remove(p, item);
	(void)map_remove(&p->nodes, node->name);
	p->index_bytes -= node->name.len + node->creator.len + text_bytes(&node->config);
	while ((person = pep_person_next(node, &at)))
		person_remove(p, node, person);
	map_done(&node->people);
	drop_texts(&node->config);
	drop(&node->creator);
	drop(&node->name);
	mem_free(node);
}

/* ---- items ---- */

#define SEPARATOR '\x1f' /* cannot stand in XML */

/* key has room for all three. */
static struct str write_key(char *key, struct str node, struct str id)
{
	if (node.len)
		memcpy(key, node.ptr, node.len);
	key[node.len] = SEPARATOR;
	if (id.len)
		memcpy(key + node.len + 1, id.ptr, id.len);
	return str_make(key, node.len + 1 + id.len);
}

struct str pep_item_key(struct arena *a, struct str node, struct str id)
{
	return write_key(arena_alloc(a, node.len + 1 + id.len), node, id);
}

enum err pep_item_key_read(struct str key, struct str *ret_node, struct str *ret_id)
{
	struct str node;

	if (!str_split(&key, SEPARATOR, &node) || !node.len || node.len > PEP_NAME_MAX ||
	    !key.len || key.len > PEP_ID_MAX || str_index(key, SEPARATOR) >= 0)
		return ERR_INVALID;
	*ret_node = node;
	*ret_id = key;
	return OK;
}

struct pep_item *pep_item_find(const struct pep *p, const struct pep_node *node, struct str id)
{
	char key[PEP_NAME_MAX + 1 + PEP_ID_MAX];

	return id.len > PEP_ID_MAX ? NULL : map_get(&p->items, write_key(key, node->name, id));
}

static struct pep_item *item_add(struct pep *p, struct pep_node *node, struct str id)
{
	struct pep_item *item = mem_zalloc(1, sizeof(*item));

	item->key = write_key(mem_alloc(node->name.len + 1 + id.len), node->name, id);
	item->id = str_from_at(item->key, node->name.len + 1);
	item->node = node;
	item->publisher = own(STR(""));
	list_append(&node->items, &item->link);
	node->item_count++;
	p->index_bytes += id.len;
	(void)map_set(&p->items, item->key, item);
	return item;
}

static void describe(struct pep *p, struct pep_item *item, struct str publisher, size_t bytes)
{
	struct str old = item->publisher;

	p->bytes += bytes;
	p->bytes -= item->bytes;
	p->index_bytes += publisher.len;
	p->index_bytes -= old.len;
	item->bytes = bytes;
	item->publisher = own(publisher);
	drop(&old);
}

struct pep_item *pep_item_put(struct pep *p, struct pep_node *node, struct str id,
			      struct str publisher, size_t bytes)
{
	struct pep_item *item = pep_item_find(p, node, id);

	if (!item)
		item = item_add(p, node, id);
	describe(p, item, publisher, bytes);
	list_remove(&item->link);
	list_append(&node->items, &item->link);
	item->order = ++p->last_order;
	item->wall_time = wall_now();
	return item;
}

void pep_item_remove(struct pep *p, struct pep_item *item)
{
	list_remove(&item->link);
	item->node->item_count--;
	(void)map_remove(&p->items, item->key);
	p->bytes -= item->bytes;
	p->index_bytes -= item->id.len + item->publisher.len;
	drop(&item->key);
	drop(&item->publisher);
	mem_free(item);
}

static struct pep_item *item_at(const struct pep_node *node, struct list *link)
{
	return link == &node->items ? NULL : list_entry(link, struct pep_item, link);
}

struct pep_item *pep_item_first(const struct pep_node *node)
{
	return item_at(node, node->items.next);
}

struct pep_item *pep_item_last(const struct pep_node *node)
{
	return item_at(node, node->items.prev);
}

struct pep_item *pep_item_next(const struct pep_item *item)
{
	return item_at(item->node, item->link.next);
}

struct pep_item *pep_item_prev(const struct pep_item *item)
{
	return item_at(item->node, item->link.prev);
}

/* ---- people ---- */

struct pep_person *pep_person_find(const struct pep_node *node, struct str jid)
{
	return map_get(&node->people, jid);
}

struct pep_person *pep_person_next(const struct pep_node *node, size_t *at)
{
	return map_next(&node->people, at);
}

bool pep_has_standing(const struct pep *p, struct jid jid)
{
	const struct pep_node *node;
	size_t at = 0;

	while ((node = map_next(&p->nodes, &at))) {
		if (pep_person_find(node, jid.full) || pep_person_find(node, jid_bare_str(jid)))
			return true;
	}
	return false;
}

enum err pep_person_set(struct pep *p, struct pep_node *node, struct str jid,
			enum pep_affiliation affiliation, enum pep_subscription subscription)
{
	struct pep_person *person = pep_person_find(node, jid);
	bool is_gone = affiliation == PEP_NONE && subscription == PEP_UNSUBSCRIBED;

	if (is_gone) {
		if (person)
			person_remove(p, node, person);
		return OK;
	}
	if (!person) {
		if (node->people.count >= p->people_max)
			return ERR_TOO_BIG;
		person = mem_zalloc(1, sizeof(*person));
		person->jid = own(jid);
		p->index_bytes += jid.len;
		must(!map_set(&node->people, person->jid, person));
	}
	person->affiliation = affiliation;
	person->subscription = subscription;
	if (subscription == PEP_UNSUBSCRIBED)
		person->options = (struct pep_options){ .is_silent = false };
	return OK;
}

bool pep_person_is_subscribed(const struct pep_person *person)
{
	return person->subscription == PEP_SUBSCRIBED &&
	       (!person->options.wall_expire || person->options.wall_expire > wall_now());
}

void pep_person_unsubscribe(struct pep *p, struct pep_node *node, struct str jid)
{
	struct pep_person *person = pep_person_find(node, jid);

	if (!person)
		return;
	person->subscription = PEP_UNSUBSCRIBED;
	person->options = (struct pep_options){ .is_silent = false };
	if (person->affiliation == PEP_NONE)
		person_remove(p, node, person);
}

static const struct str affiliations[PEP_AFFILIATIONS] = {
	[PEP_NONE] = STR_INIT("none"),
	[PEP_MEMBER] = STR_INIT("member"),
	[PEP_PUBLISHER] = STR_INIT("publisher"),
	[PEP_OUTCAST] = STR_INIT("outcast"),
	[PEP_PUBLISH_ONLY] = STR_INIT("publish-only"),
	[PEP_OWNER] = STR_INIT("owner"),
};

static const struct str subscriptions[PEP_SUBSCRIPTIONS] = {
	[PEP_UNSUBSCRIBED] = STR_INIT("none"),
	[PEP_PENDING] = STR_INIT("pending"),
	[PEP_SUBSCRIBED] = STR_INIT("subscribed"),
};

struct str pep_affiliation_name(enum pep_affiliation a)
{
	return affiliations[a];
}

struct str pep_subscription_name(enum pep_subscription s)
{
	return subscriptions[s];
}

static bool find_name(const struct str *names, size_t count, struct str name, size_t *ret_at)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(names[i], name)) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

bool pep_affiliation_read(struct str name, enum pep_affiliation *ret_a)
{
	size_t at;

	if (!find_name(affiliations, PEP_AFFILIATIONS, name, &at))
		return false;
	*ret_a = (enum pep_affiliation)at;
	return true;
}

bool pep_subscription_read(struct str name, enum pep_subscription *ret_s)
{
	size_t at;

	if (!find_name(subscriptions, PEP_SUBSCRIPTIONS, name, &at))
		return false;
	*ret_s = (enum pep_subscription)at;
	return true;
}
