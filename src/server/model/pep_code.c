/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has published, as rows of the store; see pep.h. */
#include "base/mem.h"
#include "server/model/pep.h"

#include <stdlib.h>

/* ---- nodes: "2", bytes of the configuration, the configuration, the creator. The first version
 * had no creator but for each person a line break, affiliation, subscription, and the JID ---- */

enum { NODE_BYTES_MAX = 4 * 1024 * 1024 };

struct str pep_node_encode(const struct pep_node *node, struct arena *a)
{
	struct sbuf config scoped(sbuf_done) = SBUF(NODE_BYTES_MAX);
	struct sbuf out scoped(sbuf_done) = SBUF(NODE_BYTES_MAX);

	pubsub_config_encode(&node->config, &config);
	(void)sbuf_lit(&out, "2 ");
	(void)sbuf_add_u64(&out, config.len);
	(void)sbuf_lit(&out, " ");
	(void)sbuf_add(&out, sbuf_str(&config));
	(void)sbuf_add(&out, node->creator);
	must(!out.err && !config.err);
	return arena_dup(a, sbuf_str(&out));
}

static enum err add_person(struct pep *p, struct pep_node *node, struct str jid,
			   struct str affiliation, struct str subscription)
{
	enum pep_affiliation a;
	enum pep_subscription s;

	if (!jid.len || !pep_affiliation_read(affiliation, &a) ||
	    !pep_subscription_read(subscription, &s) || (a == PEP_NONE && s == PEP_UNSUBSCRIBED))
		return ERR_INVALID;
	if (pep_person_find(node, jid))
		return ERR_EXISTS;
	return pep_person_set(p, node, jid, a, s) ? ERR_INVALID : OK;
}

static enum err decode_line(struct pep *p, struct pep_node *node, struct str line)
{
	struct str affiliation, subscription;

	if (!str_split(&line, ' ', &affiliation) || !str_split(&line, ' ', &subscription) ||
	    add_person(p, node, line, affiliation, subscription))
		return ERR_INVALID;
	node->has_old_people = true;
	return OK;
}

static enum err decode_people(struct pep *p, struct pep_node *node, struct str rest)
{
	struct str line;

	if (!rest.len)
		return OK;
	if (rest.ptr[0] != '\n' || rest.len == 1)
		return ERR_INVALID;
	rest = str_from_at(rest, 1);
	while (str_split(&rest, '\n', &line)) {
		if (decode_line(p, node, line))
			return ERR_INVALID;
	}
	return OK;
}

/* Of the second version: what is behind the configuration. */
static bool is_creator(struct str s)
{
	return s.len <= PEP_ID_MAX && str_index(s, '\n') < 0;
}

static enum err decode_node(struct pep *p, struct str name, struct str value)
{
	struct pubsub_config config;
	struct pep_node *node;
	struct str version, count, rest;
	bool is_old;
	uint64_t n;

	if (!name.len || name.len > PEP_NAME_MAX || str_index(name, PUBSUB_SEPARATOR) >= 0 ||
	    !str_split(&value, ' ', &version) || !str_split(&value, ' ', &count) ||
	    str_to_u64(count, &n) || n > value.len ||
	    pubsub_config_decode(str_sub(value, 0, (size_t)n), &config))
		return ERR_INVALID;
	rest = str_from_at(value, (size_t)n);
	is_old = str_eq(version, STR("1"));
	if (!is_old && (!str_eq(version, STR("2")) || !is_creator(rest)))
		return ERR_INVALID;
	if (pep_node_find(p, name))
		return ERR_EXISTS;
	node = pep_node_add(p, name, &config, is_old ? STR("") : rest);
	if (is_old && decode_people(p, node, rest)) {
		pep_node_remove(p, node);
		return ERR_INVALID;
	}
	return OK;
}

/* ---- people: affiliation, subscription; where the subscriber has said more: whether he wants
 * notifications (0 or 1), when it ends ---- */

struct str pep_person_encode(const struct pep_person *person, struct arena *a)
{
	struct str text = ARENA_JOIN(a, pep_affiliation_name(person->affiliation), STR(" "),
				     pep_subscription_name(person->subscription));
	const struct pep_options *o = &person->options;

	return !o->is_silent && !o->wall_expire
		       ? text
		       : arena_printf(a, "%.*s %d %lld", STR_ARG(text), !o->is_silent,
				      (long long)o->wall_expire);
}

static enum err decode_options(struct str value, struct pep_options *ret_options)
{
	struct pep_options options = { .is_silent = false };
	struct str deliver;
	int64_t wall;

	if (!str_is_set(value)) {
		*ret_options = options;
		return OK;
	}
	if (!str_split(&value, ' ', &deliver) || str_to_i64(value, &wall) || wall < 0 ||
	    !(str_eq(deliver, STR("0")) || str_eq(deliver, STR("1"))))
		return ERR_INVALID;
	options.is_silent = str_eq(deliver, STR("0"));
	options.wall_expire = wall;
	*ret_options = options;
	return OK;
}

static enum err decode_person(struct pep *p, struct str key, struct str value)
{
	struct str name, jid, affiliation, subscription;
	struct pep_options options;
	struct pep_node *node;
	enum err e;

	if (pep_item_key_read(key, &name, &jid) || !str_split(&value, ' ', &affiliation) ||
	    !str_split(&value, ' ', &subscription) || decode_options(value, &options))
		return ERR_INVALID;
	node = pep_node_find(p, name);
	e = node ? add_person(p, node, jid, affiliation, subscription) : ERR_INVALID;
	if (!e)
		pep_person_find(node, jid)->options = options;
	return e;
}

/* ---- items: "1" order time bytes publisher ---- */

struct str pep_item_encode(const struct pep_item *item, struct arena *a)
{
	return arena_printf(a, "1 %llu %lld %zu %.*s", (unsigned long long)item->order,
			    (long long)item->wall_time, item->bytes, STR_ARG(item->publisher));
}

static enum err decode_item(struct pep *p, struct str key, struct str value)
{
	struct str node_name, id, part[4];
	struct pep_node *node;
	struct pep_item *item;
	uint64_t order, bytes;
	int64_t wall;

	for (size_t i = 0; i < array_len(part); i++) {
		if (!str_split(&value, ' ', &part[i]))
			return ERR_INVALID;
	}
	if (!str_eq(part[0], STR("1")) || str_to_u64(part[1], &order) ||
	    str_to_i64(part[2], &wall) || str_to_u64(part[3], &bytes) || !value.ptr ||
	    bytes > INT32_MAX || order > INT64_MAX || pep_item_key_read(key, &node_name, &id))
		return ERR_INVALID;
	node = pep_node_find(p, node_name);
	if (!node)
		return ERR_INVALID;
	if (pep_item_find(p, node, id))
		return ERR_EXISTS;
	item = pep_item_put(p, node, id, value, (size_t)bytes);
	item->order = order;
	item->wall_time = wall;
	if (order > p->last_order)
		p->last_order = order;
	return OK;
}

enum err pep_decode(struct pep *p, struct str space, struct str key, struct str value)
{
	if (str_eq(space, PEP_NODE_SPACE))
		return decode_node(p, key, value);
	if (str_eq(space, PEP_PERSON_SPACE))
		return decode_person(p, key, value);
	return str_eq(space, PEP_ITEM_SPACE) ? decode_item(p, key, value) : ERR_INVALID;
}

static int compare(const void *a, const void *b)
{
	const struct pep_item *const *x = a, *const *y = b;

	return (*x)->order < (*y)->order ? -1 : (*x)->order > (*y)->order;
}

static void sort_items(struct pep_node *node)
{
	struct pep_item **items = mem_alloc((node->item_count + 1) * sizeof(struct pep_item *));
	size_t n = 0;

	for (struct pep_item *item = pep_item_first(node); item; item = pep_item_next(item))
		items[n++] = item;
	qsort(items, n, sizeof(struct pep_item *), compare);
	for (size_t i = 0; i < n; i++) {
		list_remove(&items[i]->link);
		list_append(&node->items, &items[i]->link);
	}
	mem_free(items);
}

void pep_decoded(struct pep *p)
{
	struct pep_node *node;
	size_t at = 0;

	while ((node = map_next(&p->nodes, &at)))
		sort_items(node);
}
