/* SPDX-License-Identifier: Apache-2.0 */
/* disco of the service and its nodes, see about.h. */
#include "server/pubsub/about.h"

#include "base/mem.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_disco.h"
#include "server/route/registry.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xep/rsm.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { LIST_MAX = 200 /* nodes of one page */ };

static struct str node_of(const struct dispatch *d)
{
	return xml_attr(stanza_payload(&d->stanza), STR("node"));
}

static enum verdict answer(struct dispatch *d, struct xml *query)
{
	struct xml *reply;

	if (!query)
		return pep_error(d, COND_ITEM_NOT_FOUND, NULL);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, query);
	return dispatch_reply(d, reply);
}

/* A node of a feature, like the list of commands. */
static bool is_of_feature(struct dispatch *d, bool is_items)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);

	for (; *f; f++) {
		if ((*f)->disco_node && (*f)->disco_node(d, node_of(d), is_items) != PASS)
			return true;
	}
	return false;
}

static enum verdict on_info(struct dispatch *d)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);
	struct xml *query;

	if (node_of(d).len)
		return is_of_feature(d, false) ? DONE
					       : answer(d, pep_disco_node_info(d, node_of(d)));
	query = disco_info_new(d->arena, STR_NONE);
	disco_add_identity(d->arena, query, STR("pubsub"), STR("service"), STR("Nodes"));
	for (; *f; f++) {
		for (const struct str *var = (*f)->disco_domain; var && var->ptr; var++)
			disco_add_feature(d->arena, query, *var);
	}
	return answer(d, query);
}

/* ---- the list of nodes ---- */

/* XEP-0462: of which types. */
struct filter {
	const struct str *types;
	size_t count;
	bool is_set, is_excluding;
};

/* ERR_INVALID: not a sound form, or both lists. */
static enum err read_filter(struct dispatch *d, struct filter *f)
{
	const struct xml *el =
		xml_child(stanza_payload(&d->stanza), NS_PUBSUB_FILTER, STR("filter"));
	const struct xml *form;
	bool is_including;

	if (!el)
		return OK;
	form = form_submitted(el, NS_PUBSUB_FILTER, d->arena);
	if (!form || form_check(form))
		return ERR_INVALID;
	is_including = form_field(form, STR("included-types")) != NULL;
	f->is_excluding = form_field(form, STR("excluded-types")) != NULL;
	if (is_including && f->is_excluding)
		return ERR_INVALID;
	f->is_set = is_including || f->is_excluding;
	if (f->is_set)
		f->count =
			form_values(form,
				    f->is_excluding ? STR("excluded-types") : STR("included-types"),
				    d->arena, &f->types);
	return OK;
}

static bool passes(const struct filter *f, const struct pep_node *node)
{
	struct str type = node->config.text[PUBSUB_TYPE];
	bool is_named = false;

	for (size_t i = 0; i < f->count; i++)
		is_named = is_named || str_eq(f->types[i], type);
	return !f->is_set || is_named != f->is_excluding;
}

static int compare(const void *a, const void *b)
{
	const struct pep_node *const *x = a, *const *y = b;

	return str_cmp((*x)->name, (*y)->name);
}

/* All that the asker may see, by name; in the arena. */
static const struct pep_node **collect(struct dispatch *d, const struct filter *f,
				       size_t *ret_count)
{
	const struct pep *p = d->entity->pep;
	struct pep_subject who = pep_asker(d);
	const struct pep_node **list = arena_alloc(d->arena, (p->nodes.count + 1) * sizeof(*list));
	const struct pep_node *node;
	size_t at = 0, count = 0;

	while ((node = map_next(&p->nodes, &at))) {
		if (passes(f, node) && pep_may_read(node, &who) == PEP_ALLOWED)
			list[count++] = node;
	}
	qsort(list, count, sizeof(struct pep_node *), compare);
	*ret_count = count;
	return list;
}

/* Where the page begins and how long it is. */
static void find_page(const struct pep_node *const *list, size_t count, const struct rsm *rsm,
		      size_t *ret_first, size_t *ret_n)
{
	size_t max = rsm->has_max && rsm->max < LIST_MAX ? rsm->max : LIST_MAX;
	size_t first = 0, end = count;

	if (rsm->has_index)
		first = rsm->index < count ? (size_t)rsm->index : count;
	while (str_is_set(rsm->after) && first < count &&
	       str_cmp(list[first]->name, rsm->after) <= 0)
		first++;
	while (rsm->before.len && end > 0 && str_cmp(list[end - 1]->name, rsm->before) >= 0)
		end--;
	if (str_is_set(rsm->before))
		first = end > max ? end - max : 0;
	*ret_first = first;
	*ret_n = end - first < max ? end - first : max;
}

static enum verdict list_nodes(struct dispatch *d)
{
	struct xml *query = disco_items_new(d->arena, STR_NONE);
	struct filter filter = { 0 };
	struct rsm_page page = { .has_count = true };
	const struct pep_node **list;
	size_t count, first, n;
	struct rsm rsm;

	if (read_filter(d, &filter) || rsm_read(stanza_payload(&d->stanza), d->arena, &rsm))
		return pep_error(d, COND_BAD_REQUEST, NULL);
	list = collect(d, &filter, &count);
	find_page(list, count, &rsm, &first, &n);
	for (size_t i = first; i < first + n; i++) {
		struct str title = list[i]->config.text[PUBSUB_TITLE];

		disco_add_item(d->arena, query, d->entity->jid.full, title.len ? title : STR_NONE,
			       list[i]->name);
	}
	page.count = count;
	if (n) {
		page.first = list[first]->name;
		page.last = list[first + n - 1]->name;
		page.has_index = true;
		page.index = first;
	}
	if (rsm.is_set || n < count)
		rsm_write(d->arena, query, &page);
	return answer(d, query);
}

static enum verdict on_items(struct dispatch *d)
{
	if (node_of(d).len)
		return is_of_feature(d, true) ? DONE
					      : answer(d, pep_disco_node_items(d, node_of(d)));
	return list_nodes(d);
}

#define INFO  STR_INIT("http://jabber.org/protocol/disco#info")
#define ITEMS STR_INIT("http://jabber.org/protocol/disco#items")

static const struct iq_handler iq[] = {
	{ INFO, STR_INIT("query"), IQ_GET, TARGET_SERVER, on_info },
	{ ITEMS, STR_INIT("query"), IQ_GET, TARGET_SERVER, on_items },
	{ .run = NULL },
};

#define FEATURE(name) STR_INIT("http://jabber.org/protocol/pubsub#" name)

/* XEP-0060 10; what a service has that an account has not, and the other way round. */
static const struct str vars[] = {
	INFO,
	ITEMS,
	STR_INIT("http://jabber.org/protocol/pubsub"),
	STR_INIT("http://jabber.org/protocol/rsm"),
	STR_INIT("urn:xmpp:pubsub-filter:0"),
	FEATURE("access-authorize"),
	FEATURE("access-open"),
	FEATURE("access-whitelist"),
	FEATURE("config-node"),
	FEATURE("config-node-max"),
	FEATURE("create-and-configure"),
	FEATURE("create-nodes"),
	FEATURE("delete-items"),
	FEATURE("delete-nodes"),
	FEATURE("get-pending"),
	FEATURE("instant-nodes"),
	FEATURE("item-ids"),
	FEATURE("last-published"),
	FEATURE("leased-subscription"),
	FEATURE("manage-subscriptions"),
	FEATURE("member-affiliation"),
	FEATURE("meta-data"),
	FEATURE("modify-affiliations"),
	FEATURE("multi-items"),
	FEATURE("outcast-affiliation"),
	FEATURE("persistent-items"),
	FEATURE("publish"),
	FEATURE("publish-node-full"),
	FEATURE("publish-only-affiliation"),
	FEATURE("publish-options"),
	FEATURE("publisher-affiliation"),
	FEATURE("purge-nodes"),
	FEATURE("retract-items"),
	FEATURE("retrieve-affiliations"),
	FEATURE("retrieve-default"),
	FEATURE("retrieve-default-sub"),
	FEATURE("retrieve-items"),
	FEATURE("retrieve-subscriptions"),
	FEATURE("rsm"),
	FEATURE("subscribe"),
	FEATURE("subscription-notifications"),
	FEATURE("subscription-options"),
	{ .ptr = NULL },
};

const struct feature pubsub_about_feature = {
	.name = "pubsub_about",
	.spec = "XEP-0060 1.30.0, XEP-0462 0.1.1",
	.test = "pubsub/disco.talk",
	.iq = iq,
	.disco_domain = vars,
};
