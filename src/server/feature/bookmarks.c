/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks, see bookmarks.h. The items are the truth; private storage is a view of them, and the
 * node of XEP-0048 1.1 a copy that is made again behind each change. What was in one of those
 * before there were items (an import) becomes items when the first client comes. On the entity's
 * loop. */
#include "server/feature/bookmarks.h"

#include "server/pep/pep_change.h"
#include "server/pep/pep_publish.h"
#include "server/pep/pep_read.h"
#include "server/route/private_store.h"
#include "server/route/router.h"
#include "xep/bookmark.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* Of an account. */
struct copying {
	bool is_behind;  /* the copy is not what the items are: also a row in the store */
	bool is_queued;  /* it will be made again */
	bool is_copying; /* what changes now is known to the other side */
	bool was_copied; /* the copy has been published since this was cleared */
};

static size_t entity_offset;

static struct copying *copying_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- changes: all of them or none ---- */

struct publication {
	struct str id;
	struct xml *payload;
};

struct present;

struct plan {
	struct pep_node *node;
	struct publication *publications; /* what is new or different */
	size_t count;
	size_t new_items, bytes, id_bytes;
	struct present *present; /* what there is, where that was looked at */
	size_t present_count;
};

static struct plan *plan_new(struct dispatch *d, struct pep_node *node, size_t room)
{
	struct plan *p = arena_new(d->arena, struct plan);

	p->node = node;
	p->publications = arena_alloc(d->arena, (room + 1) * sizeof(*p->publications));
	return p;
}

/* false: it is too large for an item. */
static bool plan_add(struct dispatch *d, struct plan *p, struct str id, struct xml *payload)
{
	size_t limit = conf_size(d->home->conf, "limits.pep_item_bytes");
	size_t wanted = (size_t)p->node->config.number[PUBSUB_MAX_PAYLOAD];
	struct sbuf out scoped(sbuf_done) = SBUF(wanted < limit ? wanted : limit);

	if (!id.len || id.len > PEP_ID_MAX || xml_write_alone(&out, payload))
		return false;
	p->publications[p->count++] = (struct publication){ .id = id, .payload = payload };
	p->bytes += out.len;
	if (!pep_item_find(d->entity->pep, p->node, id)) {
		p->new_items++;
		p->id_bytes += id.len;
	}
	return true;
}

/* What could not be read again is not written. */
static bool plan_fits(const struct dispatch *d, const struct plan *p)
{
	return p->bytes <= PEP_READ_BYTES_MAX &&
	       pep_has_room(d, p->node, p->new_items, p->bytes, p->id_bytes);
}

static void carry_out(struct dispatch *d, const struct plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct publication *one = &p->publications[i];
		enum err err = pep_publish(d, p->node, one->id, one->payload, STR(""));

		if (err)
			log_error(&d->entity->log, "a bookmark could not be published", F_ERR(err));
	}
}

/* ---- private storage: get ---- */

static void show(struct dispatch *d, const struct pep_found *found)
{
	struct xml *reply, *storage;
	struct bookmark b;

	if (found->err) {
		(void)dispatch_error(d, found->err == ERR_IO ? COND_INTERNAL_SERVER_ERROR
							     : COND_RESOURCE_CONSTRAINT);
		return;
	}
	reply = reply_result(d->arena, &d->stanza);
	storage = xml_add_new(d->arena, xml_add_new(d->arena, reply, NS_PRIVATE, STR("query")),
			      NS_STORAGE, STR("storage"));
	for (size_t i = 0; i < found->count; i++) {
		if (bookmark_read(d->arena, found->items[i].id, found->items[i].payload, &b))
			bookmark_write_storage(d->arena, storage, &b);
	}
	(void)dispatch_reply(d, reply);
}

static enum verdict on_get(struct dispatch *d, const struct xml *el)
{
	(void)el;
	return pep_read_all(d, NS_BOOKMARKS, false, show);
}

/* ---- private storage: set ---- */

static bool is_same(const struct xml *x, const struct xml *y)
{
	struct sbuf one scoped(sbuf_done) = SBUF(PEP_READ_BYTES_MAX);
	struct sbuf other scoped(sbuf_done) = SBUF(PEP_READ_BYTES_MAX);

	return !xml_write_alone(&one, x) && !xml_write_alone(&other, y) &&
	       str_eq(sbuf_str(&one), sbuf_str(&other));
}

/* A bookmark that there is, and whether it is wanted any longer. */
struct present {
	struct str id, jid; /* as it was published; as an address */
	struct bookmark bookmark;
	bool is_wanted;
};

static size_t read_present(struct dispatch *d, const struct pep_found *found,
			   struct present **ret_list)
{
	struct present *list = arena_alloc(d->arena, (found->count + 1) * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < found->count; i++) {
		struct present *p = &list[count];
		struct str id = found->items[i].id;
		struct jid jid;

		*p = (struct present){ .id = id, .jid = id };
		if (!bookmark_read(d->arena, id, found->items[i].payload, &p->bookmark))
			continue;
		if (!jid_parse(d->arena, id, &jid))
			p->jid = jid.full;
		count++;
	}
	*ret_list = list;
	return count;
}

static struct present *find_present(struct present *list, size_t count, struct str jid)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(list[i].jid, jid))
			return &list[i];
	}
	return NULL;
}

/* false: it is too large. */
static bool plan_bookmark(struct dispatch *d, struct plan *plan, struct present *old,
			  struct bookmark *wanted)
{
	struct xml *payload;

	if (!old)
		return plan_add(d, plan, wanted->jid, bookmark_write(d->arena, wanted));
	old->is_wanted = true;
	bookmark_keep_extensions(d->arena, wanted, &old->bookmark);
	payload = bookmark_write(d->arena, wanted);
	return is_same(payload, bookmark_write(d->arena, &old->bookmark)) ||
	       plan_add(d, plan, old->id, payload);
}

static void take_away(struct dispatch *d, struct pep_node *node, const struct present *list,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct pep_item *item =
			list[i].is_wanted ? NULL : pep_item_find(d->entity->pep, node, list[i].id);

		if (item)
			pep_retract(d, item, true);
	}
}

static enum verdict no_room(struct dispatch *d)
{
	return dispatch_error_text(d, COND_POLICY_VIOLATION, STR("there is no room for so much"));
}

/* What makes the items of found the list <storage/>; NULL: that cannot be, and was answered. */
static struct plan *plan_list(struct dispatch *d, const struct pep_found *found,
			      const struct xml *storage)
{
	struct pep_node *node = found->err ? NULL : pep_private_node(d, NS_BOOKMARKS);
	struct bookmark *wanted;
	struct plan *plan;
	bool is_whole, fits = true;
	size_t count;

	if (!node || bookmarks_read(d->arena, storage, false, &wanted, &count, &is_whole)) {
		(void)dispatch_error(d, found->err == ERR_IO ? COND_INTERNAL_SERVER_ERROR
							     : COND_RESOURCE_CONSTRAINT);
		return NULL;
	}
	plan = plan_new(d, node, count);
	plan->present_count = read_present(d, found, &plan->present);
	for (size_t i = 0; i < count && fits; i++)
		fits = plan_bookmark(
			d, plan, find_present(plan->present, plan->present_count, wanted[i].jid),
			&wanted[i]);
	if (fits && plan_fits(d, plan))
		return plan;
	(void)no_room(d);
	return NULL;
}

static void replace(struct dispatch *d, const struct pep_found *found)
{
	struct plan *plan = plan_list(d, found, xml_first(stanza_payload(&d->stanza)));

	if (!plan)
		return;
	take_away(d, plan->node, plan->present, plan->present_count);
	carry_out(d, plan);
	(void)dispatch_result(d);
}

/* Reads the items for fn, which makes them what el, a list, says; or answers that it cannot. */
static enum verdict set_list(struct dispatch *d, const struct xml *el,
			     void (*fn)(struct dispatch *d, const struct pep_found *found))
{
	struct bookmark *list;
	size_t count;
	bool is_whole;

	switch (bookmarks_read(d->arena, el, false, &list, &count, &is_whole)) {
	case OK:
		return pep_read_all(d, NS_BOOKMARKS, true, fn);
	case ERR_TOO_BIG:
		return no_room(d);
	default:
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE,
					   STR("only rooms, each with an address of its own"));
	}
}

static enum verdict on_set(struct dispatch *d, const struct xml *el)
{
	return set_list(d, el, replace);
}

static const struct private_handler private_elements[] = {
	{ STR_INIT("storage:bookmarks"), STR_INIT("storage"), on_get, on_set },
	{ .ns = { .ptr = NULL } },
};

/* ---- the node of XEP-0048 1.1: from items (XEP-0402 4.3.1, XEP-0411) ---- */

#define BEHIND_SPACE STR("bookmarks")
#define BEHIND_KEY   STR("behind")

static const struct xml *storage_of(const struct xml *publish)
{
	const struct xml *payload = xml_first(xml_child(publish, NS_PUBSUB, STR("item")));

	return xml_is(payload, NS_STORAGE, STR("storage")) ? payload : NULL;
}

/* XEP-0411 5: nobody else sees it. NULL: there are too many nodes. */
static struct pep_node *copy_node(struct dispatch *d)
{
	struct pep_node *node = pep_node_find(d->entity->pep, NS_STORAGE);
	struct pubsub_config config = node ? node->config : pubsub_config_default();

	config.choice[PUBSUB_ACCESS_MODEL] = ACCESS_WHITELIST;
	config.choice[PUBSUB_PERSIST_ITEMS] = 1;
	if (!node)
		return pep_create(d, NS_STORAGE, &config);
	if (!pubsub_config_eq(&config, &node->config))
		pep_configure(d, node, &config);
	return node;
}

static void publish_copy(struct dispatch *d, const struct pep_found *found)
{
	struct xml *storage = xml_new(d->arena, NS_STORAGE, STR("storage"));
	struct pep_node *node = copy_node(d);
	struct pep_item *old = node ? pep_item_last(node) : NULL;
	struct bookmark b;

	for (size_t i = 0; i < found->count; i++) {
		if (bookmark_read(d->arena, found->items[i].id, found->items[i].payload, &b))
			bookmark_write_storage(d->arena, storage, &b);
	}
	if (node && !found->err &&
	    !pep_publish(d, node, old ? arena_dup(d->arena, old->id) : STR("current"), storage,
			 STR("")))
		return;
	log_info(&d->entity->log, "the bookmarks are too many for one item");
	if (old)
		pep_retract(d, old, true);
}

static void copy(struct dispatch *d, const struct pep_found *found)
{
	struct copying *c = copying_of(d->entity);

	if (found->err && found->err != ERR_TOO_BIG)
		return;
	c->is_copying = true;
	publish_copy(d, found);
	c->is_copying = c->is_behind = false;
	txn_delete(dispatch_txn(d), d->entity->jid.full, BEHIND_SPACE, BEHIND_KEY);
}

static void act_copy(struct dispatch *d, void *arg)
{
	(void)arg;
	copying_of(d->entity)->is_queued = false;
	if (!d->entity->pep) /* the account has gone meanwhile */
		return;
	(void)pep_read_all(d, NS_BOOKMARKS, true, copy);
}

static void copy_later(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	if (err) /* then the account is read again, without the change */
		copying_of(e)->is_queued = false;
	else
		router_act_in_order(e, act_copy, NULL);
}

/* Behind the change, and before its answer: who reads then finds it. */
static void fall_behind(struct dispatch *d, struct copying *c)
{
	if (!c->is_behind)
		txn_put(dispatch_txn(d), d->entity->jid.full, BEHIND_SPACE, BEHIND_KEY, STR("1"));
	c->is_behind = true;
	if (c->is_queued)
		return;
	c->is_queued = true;
	dispatch_call(d, copy_later, NULL);
}

static void on_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	struct copying *c = copying_of(d->entity);

	(void)id;
	if (str_eq(node, NS_STORAGE))
		c->was_copied = payload != NULL;
	else if (str_eq(node, NS_BOOKMARKS) && !c->is_copying)
		fall_behind(d, c);
}

/* ---- and from there to items (XEP-0402 4.3.2) ---- */

static void spread(struct dispatch *d, const struct pep_found *found)
{
	const struct xml *publish = xml_first(stanza_payload(&d->stanza));
	struct plan *plan = plan_list(d, found, storage_of(publish));
	struct copying *c = copying_of(d->entity);

	if (!plan)
		return;
	c->was_copied = false;
	(void)pep_on_publish(d, publish);
	if (!c->was_copied) /* and why not was answered */
		return;
	(void)copy_node(d);
	c->is_copying = true;
	take_away(d, plan->node, plan->present, plan->present_count);
	carry_out(d, plan);
	c->is_copying = false;
}

static enum verdict before_publish(struct dispatch *d, struct str node, const struct xml *publish)
{
	const struct xml *storage = str_eq(node, NS_STORAGE) ? storage_of(publish) : NULL;

	return storage ? set_list(d, storage, spread) : PASS;
}

/* ---- what was there before ---- */

/* Those that are no items yet become items; what cannot stays where it is. False: they could not,
 * or not all. */
static bool take_over(struct dispatch *d, const struct xml *storage)
{
	struct pep_node *node = storage ? pep_private_node(d, NS_BOOKMARKS) : NULL;
	struct bookmark *list;
	struct plan *plan;
	bool is_whole;
	size_t count;

	if (!node || bookmarks_read(d->arena, storage, true, &list, &count, &is_whole))
		return false;
	plan = plan_new(d, node, count);
	for (size_t i = 0; i < count; i++) {
		if (pep_item_find(d->entity->pep, node, list[i].jid))
			continue;
		if (!plan_add(d, plan, list[i].jid, bookmark_write(d->arena, &list[i])))
			return false;
	}
	if (!plan_fits(d, plan))
		return false;
	carry_out(d, plan);
	return is_whole;
}

static void take_private(struct dispatch *d, enum err err, struct xml *found)
{
	if (take_over(d, err ? NULL : xml_first(found)))
		private_remove(d, NS_STORAGE, STR("storage"));
}

static void take_copy(struct dispatch *d, const struct pep_found *found)
{
	struct copying *c = copying_of(d->entity);

	c->is_copying = true;
	if (found->count)
		(void)take_over(d, found->items[found->count - 1].payload);
	c->is_copying = false;
}

static bool has_items(const struct entity *e, struct str name)
{
	const struct pep_node *node = pep_node_find(e->pep, name);

	return node && node->item_count;
}

static void look_back(struct dispatch *d, void *arg)
{
	bool has_copy;

	(void)arg;
	if (!d->entity->pep) /* as above */
		return;
	has_copy = has_items(d->entity, NS_STORAGE);
	if (has_copy && !pep_node_find(d->entity->pep, NS_BOOKMARKS))
		(void)pep_read_all(d, NS_STORAGE, true, take_copy);
	else if (private_has(d, NS_STORAGE, STR("storage")))
		(void)private_get_alone(d, NS_STORAGE, STR("storage"), take_private);
	else if (copying_of(d->entity)->is_behind ||
		 (!has_copy && has_items(d->entity, NS_BOOKMARKS)))
		act_copy(d, NULL);
}

static bool is_to_be_mended(const struct dispatch *d)
{
	const struct entity *e = d->entity;
	bool has_copy = has_items(e, NS_STORAGE), has_list = has_items(e, NS_BOOKMARKS);

	return copying_of(e)->is_behind || private_has(d, NS_STORAGE, STR("storage")) ||
	       (has_list && !has_copy) || (has_copy && !pep_node_find(e->pep, NS_BOOKMARKS));
}

static void on_open(struct dispatch *d, struct resource *r)
{
	(void)r;
	if (is_to_be_mended(d))
		router_act_in_order(d->entity, look_back, NULL);
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct copying *c = copying_of(e);

	*c = (struct copying){ .is_queued = c->is_queued };
	for (; rows; rows = rows->next)
		c->is_behind |= str_eq(rows->space, BEHIND_SPACE);
}

static const struct str vars[] = { STR_INIT("urn:xmpp:bookmarks:1#compat"),
				   STR_INIT("urn:xmpp:bookmarks:1#compat-pep"),
				   STR_INIT("urn:xmpp:bookmarks-conversion:0"),
				   { .ptr = NULL } };

static const struct str spaces[] = { STR_INIT("bookmarks"), { .ptr = NULL } };

const struct feature feature_bookmarks = {
	.name = "bookmarks",
	.spec = "XEP-0402 1.2.0, XEP-0411 1.1.0, XEP-0048 1.2",
	.test = "pep/bookmarks.talk, pep/bookmarks-copy.talk",
	.disco_account = vars,
	.private_elements = private_elements,
	.spaces = spaces,
	.entity_state = sizeof(struct copying),
	.entity_offset = &entity_offset,
	.on_load = on_load,
	.on_open = on_open,
	.on_item = on_item,
	.before_publish = before_publish,
};
