/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks, see bookmarks.h. What was in private storage before there were items (an import)
 * becomes items when the first client comes. On the entity's loop. */
#include "server/feature/bookmarks.h"

#include "server/pep/pep_change.h"
#include "server/pep/pep_read.h"
#include "server/route/private_store.h"
#include "server/route/router.h"
#include "xep/bookmark.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* ---- changes: all of them or none ---- */

struct publication {
	struct str id;
	struct xml *payload;
};

struct plan {
	struct pep_node *node;
	struct publication *publications; /* what is new or different */
	size_t count;
	size_t new_items, bytes, id_bytes;
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

static void replace(struct dispatch *d, const struct pep_found *found)
{
	const struct xml *storage = xml_first(stanza_payload(&d->stanza));
	struct pep_node *node = found->err ? NULL : pep_private_node(d, NS_BOOKMARKS);
	struct bookmark *wanted;
	struct present *list;
	size_t count, present_count;
	struct plan *plan;
	bool is_whole;

	if (!node || bookmarks_read(d->arena, storage, false, &wanted, &count, &is_whole)) {
		(void)dispatch_error(d, found->err == ERR_IO ? COND_INTERNAL_SERVER_ERROR
							     : COND_RESOURCE_CONSTRAINT);
		return;
	}
	present_count = read_present(d, found, &list);
	plan = plan_new(d, node, count);
	for (size_t i = 0; i < count; i++) {
		if (!plan_bookmark(d, plan, find_present(list, present_count, wanted[i].jid),
				   &wanted[i])) {
			(void)no_room(d);
			return;
		}
	}
	if (!plan_fits(d, plan)) {
		(void)no_room(d);
		return;
	}
	take_away(d, node, list, present_count);
	carry_out(d, plan);
	(void)dispatch_result(d);
}

static enum verdict on_set(struct dispatch *d, const struct xml *el)
{
	struct bookmark *list;
	size_t count;
	bool is_whole;

	switch (bookmarks_read(d->arena, el, false, &list, &count, &is_whole)) {
	case OK:
		return pep_read_all(d, NS_BOOKMARKS, true, replace);
	case ERR_TOO_BIG:
		return no_room(d);
	default:
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE,
					   STR("only rooms, each with an address of its own"));
	}
}

static const struct private_handler private_elements[] = {
	{ STR_INIT("storage:bookmarks"), STR_INIT("storage"), on_get, on_set },
	{ .ns = { .ptr = NULL } },
};

/* ---- what was there before ---- */

/* Those that are no items yet become items; what cannot stays where it is. */
static void take_over(struct dispatch *d, enum err err, struct xml *found)
{
	struct xml *storage = err ? NULL : xml_first(found);
	struct pep_node *node = storage ? pep_private_node(d, NS_BOOKMARKS) : NULL;
	struct bookmark *list;
	struct plan *plan;
	bool is_whole;
	size_t count;

	if (!node || bookmarks_read(d->arena, storage, true, &list, &count, &is_whole))
		return;
	plan = plan_new(d, node, count);
	for (size_t i = 0; i < count; i++) {
		if (pep_item_find(d->entity->pep, node, list[i].jid))
			continue;
		if (!plan_add(d, plan, list[i].jid, bookmark_write(d->arena, &list[i])))
			return;
	}
	if (!plan_fits(d, plan))
		return;
	carry_out(d, plan);
	if (is_whole)
		private_remove(d, NS_STORAGE, STR("storage"));
}

static void look_back(struct dispatch *d, void *arg)
{
	(void)arg;
	if (private_has(d, NS_STORAGE, STR("storage")))
		(void)private_get_alone(d, NS_STORAGE, STR("storage"), take_over);
}

static void on_open(struct dispatch *d, struct resource *r)
{
	(void)r;
	if (private_has(d, NS_STORAGE, STR("storage")))
		router_act_in_order(d->entity, look_back, NULL);
}

static const struct str vars[] = { STR_INIT("urn:xmpp:bookmarks:1#compat"), { .ptr = NULL } };

const struct feature feature_bookmarks = {
	.name = "bookmarks",
	.spec = "XEP-0402 1.2.0",
	.test = "pep/bookmarks.talk",
	.disco_account = vars,
	.private_elements = private_elements,
	.on_open = on_open,
};
