/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has published (XEP-0163), and its archiving preferences. Nodes and the list of
 * items are gathered in memory (PEP_INDEX_MAX), payloads are written at once. See intake.h. */
#include "server/transfer/intake-private.h"

#include "server/model/archive_prefs.h"
#include "server/model/pep.h"
#include "xep/form.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#define NS_PUBSUB_OWNER STR("http://jabber.org/protocol/pubsub#owner")

/* ---- nodes ---- */

static struct pep_node *get_node(struct intake *x, struct str name, enum access_model made_with,
				 const char **ret_why_not)
{
	struct pubsub_config config = pubsub_config_default();
	struct pep_node *node;

	*ret_why_not = "of a node without a name, or with one that is too long";
	if (!name.len || name.len > PEP_NAME_MAX)
		return NULL;
	node = pep_node_find(x->pep, name);
	if (node)
		return node;
	*ret_why_not = "too many nodes (limits.pep_nodes)";
	if (x->pep->nodes.count >= x->config.limits.pep_nodes ||
	    x->pep->index_bytes >= PEP_INDEX_MAX)
		return NULL;
	config.choice[PUBSUB_ACCESS_MODEL] = made_with;
	return pep_node_add(x->pep, name, &config, STR(""));
}

/* Options that are not known here, or have values that are not, are left out; a model of access
 * that cannot be read closes the node. */
static void read_config(struct intake *x, struct xml *form, struct pubsub_config *ret_config)
{
	struct str field = STR_NONE;
	bool is_closed = false;
	enum err err = ERR_INVALID;

	while (err) {
		struct xml *wrong;

		*ret_config = pubsub_config_default();
		err = pubsub_config_read(ret_config, form, &x->arena, false, &field);
		wrong = err && field.ptr ? form_field(form, field) : NULL;
		if (err && !wrong) {
			*ret_config = pubsub_config_default();
			is_closed = true;
			break;
		}
		if (wrong) {
			is_closed |= str_eq(field, STR("pubsub#access_model"));
			xml_remove(wrong);
		}
	}
	if (is_closed) {
		report_leave_out(x->report, PIECE_NODE,
				 "a configuration that cannot be read: closed to others");
		ret_config->choice[PUBSUB_ACCESS_MODEL] = ACCESS_WHITELIST;
	}
}

static void configure(struct intake *x, struct pep_node *node, const struct xml *el)
{
	struct xml *form = xml_child(el, NS_DATA, STR("x"));
	struct pubsub_config config = pubsub_config_default();

	if (form) {
		xml_set(&x->arena, form, STR("type"), STR("submit"));
		read_config(x, form, &config);
	}
	pep_node_configure(x->pep, node, &config);
}

/* Each <affiliation/> or <subscription/> of a list. */
static void add_people(struct intake *x, struct pep_node *node, const struct xml *el)
{
	xml_each (one, el) {
		enum pep_affiliation affiliation = PEP_NONE;
		enum pep_subscription subscription = PEP_UNSUBSCRIBED;
		const struct pep_person *person;
		struct jid jid;

		if (intake_jid(x, xml_attr(one, STR("jid")), false, &jid) ||
		    str_eq(jid_bare_str(jid), x->owner))
			continue;
		person = pep_person_find(node, jid.full);
		if (person) {
			affiliation = person->affiliation;
			subscription = person->subscription;
		}
		if (!pep_affiliation_read(xml_attr(one, STR("affiliation")), &affiliation) &&
		    !pep_subscription_read(xml_attr(one, STR("subscription")), &subscription))
			continue;
		if (pep_person_set(x->pep, node, jid.full, affiliation, subscription))
			report_leave_out(x->report, PIECE_NODE, "too many people at a node");
	}
}

void intake_node(struct intake *x, const struct xml *el)
{
	const char *why_not;
	/* Until its configuration comes nobody else may read it. */
	struct pep_node *node = get_node(x, xml_attr(el, STR("node")), ACCESS_WHITELIST, &why_not);

	if (!node) {
		report_leave_out(x->report, PIECE_NODE, why_not);
		return;
	}
	if (xml_is(el, NS_PUBSUB_OWNER, STR("configure")))
		configure(x, node, el);
	else if (xml_is(el, NS_PUBSUB_OWNER, STR("affiliations")) ||
		 xml_is(el, NS_PUBSUB_OWNER, STR("subscriptions")))
		add_people(x, node, el);
	x->report->counts[PIECE_NODE].taken++;
}

/* ---- items ---- */

static bool has_room(const struct intake *x, const struct pep_item *old, size_t bytes)
{
	const struct intake_limits *limits = &x->config.limits;
	size_t kept = x->pep->bytes - (old ? old->bytes : 0);

	return kept + bytes <= limits->pep_bytes &&
	       (old ||
		(x->pep->items.count < limits->pep_items && x->pep->index_bytes < PEP_INDEX_MAX));
}

static void drop_oldest(struct intake *x, struct pep_node *node)
{
	struct pep_item *oldest = pep_item_first(node);

	txn_delete(intake_txn(x), x->owner, PEP_DATA_SPACE, oldest->key);
	intake_avatar_item(x, node->name, oldest->id, NULL);
	pep_item_remove(x->pep, oldest);
}

const char *intake_add_item(struct intake *x, struct str name, const struct xml *el,
			    enum access_model made_with)
{
	struct sbuf out scoped(sbuf_done) = SBUF(x->config.limits.pep_item_bytes);
	const struct xml *payload = xml_first(el);
	struct str id = xml_attr(el, STR("id"));
	const char *why_not;
	struct pep_node *node = get_node(x, name, made_with, &why_not);
	struct pep_item *item;
	size_t max;

	if (!node)
		return why_not;
	if (!id.len || id.len > PEP_ID_MAX)
		return "without an id, or with one that is too long";
	if (payload && xml_write_alone(&out, payload))
		return "too large (limits.pep_item_bytes)";
	max = pep_items_max(node, x->config.limits.pep_node_items);
	item = pep_item_find(x->pep, node, id);
	if (!max)
		return "of a node that keeps none";
	if (!has_room(x, item, out.len))
		return "too many, or too large together (limits.pep_items, limits.pep_bytes)";
	if (!item && node->item_count >= max)
		drop_oldest(x, node);
	item = pep_item_put(x->pep, node, id, STR(""), out.len);
	txn_put(intake_txn(x), x->owner, PEP_DATA_SPACE, item->key,
		out.len ? sbuf_str(&out) : STR(""));
	intake_avatar_item(x, name, id, payload);
	return NULL;
}

void intake_item(struct intake *x, struct str node, const struct xml *el)
{
	const char *why_not = intake_add_item(x, node, el, ACCESS_WHITELIST);

	if (why_not)
		report_leave_out(x->report, PIECE_ITEM, why_not);
	else
		x->report->counts[PIECE_ITEM].taken++;
}

static void put_node(struct intake *x, const struct pep_node *node)
{
	const struct pep_person *person;
	size_t at = 0;

	txn_put(intake_txn(x), x->owner, PEP_NODE_SPACE, node->name,
		pep_node_encode(node, &x->arena));
	while ((person = pep_person_next(node, &at)))
		txn_put(intake_txn(x), x->owner, PEP_PERSON_SPACE,
			pep_item_key(&x->arena, node->name, person->jid),
			pep_person_encode(person, &x->arena));
}

void intake_put_pep(struct intake *x)
{
	const struct pep_node *node;
	const struct pep_item *item;
	size_t at = 0;

	arena_done(&x->arena);
	arena_init(&x->arena, 64 * MIB);
	while ((node = map_next(&x->pep->nodes, &at)))
		put_node(x, node);
	at = 0;
	while ((item = map_next(&x->pep->items, &at)))
		txn_put(intake_txn(x), x->owner, PEP_ITEM_SPACE, item->key,
			pep_item_encode(item, &x->arena));
}

/* ---- archiving preferences (XEP-0441) ---- */

void intake_prefs(struct intake *x, const struct xml *el)
{
	struct mam_prefs prefs;
	enum condition why;

	if (!mam_prefs_read(el, &x->arena, &prefs, &why)) {
		report_leave_out(x->report, PIECE_PREFS, "not well formed, or too many addresses");
		return;
	}
	txn_put(intake_txn(x), x->owner, ARCHIVE_PREFS_SPACE, STR(""),
		archive_prefs_encode(&prefs, &x->arena));
	x->report->counts[PIECE_PREFS].taken++;
}
