/* SPDX-License-Identifier: Apache-2.0 */
/* Reading items, see pep_items.h. */
#include "server/pep/pep_items.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "server/pep/pep_event.h"
#include "server/route/settle.h"
#include "xep/rsm.h"
#include "xmpp/ns.h"

enum {
	PAGE_ITEMS_MAX = 2000,    /* of one answer */
	PAGE_BYTES_MAX = 1 * MIB, /* of payloads; the one that passes it ends the page */
};

/* Items that are being read; in the arena of the dispatch, because the nodes may change meanwhile.
 */
struct reading {
	struct str *keys; /* of the store; PAGE_ITEMS_MAX at most */
	unsigned count;
	size_t bytes;
	const struct store_answer *found;
	struct str node; /* of an answer to a request */
	bool has_page;
	struct rsm_page page;
	struct jid to; /* of last items */
};

static struct reading *reading_new(struct dispatch *d, size_t room)
{
	struct reading *r = arena_new(d->arena, struct reading);

	r->keys = arena_alloc(d->arena, (room + 1) * sizeof(*r->keys));
	return r;
}

static void add_key(struct dispatch *d, struct reading *r, const struct pep_item *item)
{
	r->keys[r->count++] = arena_dup(d->arena, item->key);
	r->bytes += item->bytes;
}

static bool is_full(const struct reading *r)
{
	return r->count >= PAGE_ITEMS_MAX || r->bytes >= PAGE_BYTES_MAX;
}

/* ---- the store ---- */

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct reading *r = d->wait_arg;

	r->found = found; /* lives until we return; so does what dispatch_resume does with it */
	dispatch_resume(d);
}

static void look(struct dispatch *d)
{
	const struct reading *r = d->wait_arg;
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = PEP_DATA_SPACE,
					 .keys = r->keys,
					 .key_count = r->count };

	store_read(d->home->store, &request, on_read, d);
}

/* What was read, as an event; its node, or NULL if that or the item is gone meanwhile. */
static struct pep_node *event_of(struct dispatch *d, const struct keyval_row *row,
				 struct pep_event *ret_event)
{
	const struct pep *p = d->entity->pep;
	const struct pep_item *item;
	struct str name, id;
	struct pep_node *node;

	if (pep_item_key_read(row->key, &name, &id))
		return NULL;
	node = pep_node_find(p, name);
	item = node ? pep_item_find(p, node, id) : NULL;
	if (!item)
		return NULL;
	*ret_event = (struct pep_event){ .id = arena_dup(d->arena, id),
					 .payload = arena_dup(d->arena, row->value),
					 .publisher = arena_dup(d->arena, item->publisher),
					 .wall_time = item->wall_time };
	return node;
}

/* ---- answers to requests ---- */

static void answer(struct dispatch *d)
{
	const struct reading *r = d->wait_arg;
	struct xml *reply, *pubsub, *items;
	struct pep_event event;

	if (r->found && r->found->err) {
		(void)pep_error(d,
				r->found->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							  : COND_INTERNAL_SERVER_ERROR,
				NULL);
		return;
	}
	reply = reply_result(d->arena, &d->stanza);
	pubsub = xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub"));
	items = xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("items"));
	xml_set(d->arena, items, STR("node"), r->node);
	for (const struct keyval_row *row = r->found ? r->found->rows : NULL; row;
	     row = row->next) {
		const struct pep_node *node = event_of(d, row, &event);

		if (node)
			(void)pep_item_el(d->arena, items, node, &event);
	}
	if (r->has_page)
		rsm_write(d->arena, pubsub, &r->page);
	(void)dispatch_reply(d, reply);
}

/* ---- which items: 6.5.8 by id ---- */

static struct reading *pick_ids(struct dispatch *d, const struct pep_node *node,
				const struct xml *items)
{
	struct reading *r;
	size_t count = 0;

	xml_each (el, items)
		count += xml_is(el, NS_PUBSUB, STR("item"));
	if (!count)
		return NULL;
	r = reading_new(d, count < PAGE_ITEMS_MAX ? count : PAGE_ITEMS_MAX);
	xml_each (el, items) {
		const struct pep_item *item;

		if (!xml_is(el, NS_PUBSUB, STR("item")) || is_full(r))
			continue;
		item = pep_item_find(d->entity->pep, node, xml_attr(el, STR("id")));
		if (item)
			add_key(d, r, item);
	}
	return r;
}

/* ---- 6.5.4, 6.5.7: a page of them; oldest first, as they were published ---- */

struct range {
	const struct pep_item *first; /* NULL: nothing */
	size_t index;                 /* of first */
	size_t max;                   /* items of the page */
};

static void from_index(const struct pep_node *node, size_t index, struct range *range)
{
	range->first = pep_item_first(node);
	range->index = 0;
	while (range->first && range->index < index) {
		range->first = pep_item_next(range->first);
		range->index++;
	}
}

static size_t index_of(const struct pep_item *item)
{
	size_t n = 0;

	while ((item = pep_item_prev(item)))
		n++;
	return n;
}

/* The page ends with this item (NULL: it is empty), and begins where it is full. */
static void up_to(const struct pep_item *item, struct range *range)
{
	size_t bytes = 0, n = 0;

	range->first = NULL;
	for (; item && n < range->max && bytes < PAGE_BYTES_MAX; item = pep_item_prev(item)) {
		range->first = item;
		bytes += item->bytes;
		n++;
	}
	range->max = n;
	range->index = range->first ? index_of(range->first) : 0;
}

/* Where the page begins; false: the id that it hangs on is not there. */
static bool find_range(const struct pep *p, const struct pep_node *node, const struct rsm *rsm,
		       struct range *range)
{
	struct str id = rsm->after.len ? rsm->after : rsm->before;
	const struct pep_item *item = id.len ? pep_item_find(p, node, id) : NULL;

	if (id.len && !item)
		return false;
	if (rsm->after.len)
		from_index(node, index_of(item) + 1, range);
	else if (str_is_set(rsm->before))
		up_to(item ? pep_item_prev(item) : pep_item_last(node), range);
	else
		from_index(node, rsm->has_index ? (size_t)rsm->index : 0, range);
	return true;
}

static void take_page(struct dispatch *d, const struct pep_node *node, const struct range *range,
		      struct reading *r)
{
	const struct pep_item *item = range->first, *last = NULL;

	for (; item && r->count < range->max && !is_full(r); item = pep_item_next(item)) {
		add_key(d, r, item);
		last = item;
	}
	r->page = (struct rsm_page){ .has_count = true, .count = node->item_count };
	if (last) {
		r->page.first = arena_dup(d->arena, range->first->id);
		r->page.last = arena_dup(d->arena, last->id);
		r->page.has_index = true;
		r->page.index = range->index;
	}
}

/* NULL: an error was answered. */
static struct reading *pick_page(struct dispatch *d, const struct pep_node *node,
				 const struct xml *items)
{
	struct str max_items = xml_attr(items, STR("max_items"));
	struct range range = { .max = PAGE_ITEMS_MAX };
	size_t wanted = node->item_count;
	struct reading *r;
	struct rsm rsm = { 0 };
	uint64_t n = 0;
	enum err e = rsm_read(stanza_payload(&d->stanza), d->arena, &rsm);

	if (e == ERR_INVALID || (max_items.len && str_to_u64(max_items, &n))) {
		(void)pep_error(d, COND_BAD_REQUEST, NULL);
		return NULL;
	}
	if (rsm.has_max && rsm.max < range.max)
		range.max = rsm.max;
	if (max_items.len && !e && !rsm.is_set) { /* the newest ones */
		wanted = n < wanted ? (size_t)n : wanted;
		range.max = wanted < range.max ? wanted : range.max;
		rsm.before = STR("");
	}
	if (e || !find_range(d->entity->pep, node, &rsm, &range)) {
		(void)pep_error(d, COND_ITEM_NOT_FOUND, NULL);
		return NULL;
	}
	r = reading_new(d, range.max < node->item_count ? range.max : node->item_count);
	take_page(d, node, &range, r);
	/* 6.5.4: a list that is not what was asked for says so. */
	r->has_page = rsm.is_set || r->count < wanted;
	return r;
}

enum verdict pep_on_items(struct dispatch *d, const struct xml *items)
{
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_of(d, items);
	enum pep_access access;
	struct reading *r;

	if (!node)
		return DONE;
	access = pep_may_read(node, &who);
	if (access != PEP_ALLOWED)
		return pep_refuse(d, access);
	if (!node->config.choice[PUBSUB_PERSIST_ITEMS])
		return pep_unsupported(d, "persistent-items");
	pep_expire(d, node);
	r = pick_ids(d, node, items);
	if (!r)
		r = pick_page(d, node, items);
	if (!r)
		return DONE;
	r->node = arena_dup(d->arena, node->name);
	d->wait_arg = r;
	if (r->count)
		return settle_in_turn(d, look, answer);
	answer(d);
	return DONE;
}

/* ---- last items ---- */

static void send_found(struct dispatch *d)
{
	const struct reading *r = d->wait_arg;
	struct pep_subject who = pep_subject_of(d->entity, r->to);
	struct pep_event event;

	for (const struct keyval_row *row = r->found->err ? NULL : r->found->rows; row;
	     row = row->next) {
		const struct pep_node *node = event_of(d, row, &event);

		if (node && pep_may_read(node, &who) == PEP_ALLOWED)
			pep_send_item(d, node, &event, r->to.full);
	}
}

static void add_last(struct dispatch *d, struct reading *r, const struct pep_node *node)
{
	int32_t seconds = node->config.number[PUBSUB_ITEM_EXPIRE];
	const struct pep_item *item = pep_item_last(node);
	bool is_expired = item && seconds && seconds != PUBSUB_NO_LIMIT &&
			  item->wall_time < wall_now() - seconds * USEC_PER_SEC;

	if (item && !is_expired && node->config.choice[PUBSUB_DELIVER_NOTIFICATIONS] && !is_full(r))
		add_key(d, r, item);
}

static enum verdict send_last(struct dispatch *d, struct reading *r, struct jid to)
{
	if (!r->count)
		return PASS;
	r->to = jid_copy(d->arena, to);
	d->wait_arg = r;
	return settle_in_turn(d, look, send_found);
}

enum verdict pep_send_last(struct dispatch *d, const struct str *nodes, size_t count, struct jid to)
{
	struct pep_subject who = pep_subject_of(d->entity, to);
	struct reading *r = reading_new(d, count);

	for (size_t i = 0; i < count; i++) {
		const struct pep_node *node = pep_node_find(d->entity->pep, nodes[i]);

		if (node &&
		    node->config.choice[PUBSUB_SEND_LAST] == SEND_LAST_ON_SUB_AND_PRESENCE &&
		    pep_may_read(node, &who) == PEP_ALLOWED)
			add_last(d, r, node);
	}
	return send_last(d, r, to);
}

enum verdict pep_send_last_of(struct dispatch *d, const struct pep_node *node, struct jid to)
{
	struct reading *r = reading_new(d, 1);

	if (node->config.choice[PUBSUB_SEND_LAST] != SEND_LAST_NEVER)
		add_last(d, r, node);
	return send_last(d, r, to);
}
