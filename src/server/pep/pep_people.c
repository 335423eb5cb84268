/* SPDX-License-Identifier: Apache-2.0 */
/* Affiliations and lists of subscriptions, see pep_people.h. */
#include "server/pep/pep_people.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_options.h"
#include "server/pep/pep_owner.h"
#include "server/pep/pep_row.h"
#include "xmpp/ns.h"

enum { CHANGES_MAX = 500 }; /* of one request */

/* ---- writing ---- */

/* <pubsub><name/></pubsub> of ns in reply; the inner one is given back. */
static struct xml *list_new(struct dispatch *d, struct xml *reply, struct str ns, struct str name)
{
	return xml_add_new(d->arena, xml_add_new(d->arena, reply, ns, STR("pubsub")), ns, name);
}

static struct xml *add_row(struct dispatch *d, struct xml *list, struct str name, struct str jid,
			   struct str value)
{
	struct xml *row = xml_add_new(d->arena, list, list->ns, name);

	if (jid.len)
		xml_set(d->arena, row, STR("jid"), jid);
	xml_set(d->arena, row, name, value);
	return row;
}

/* ---- the asker's own ---- */

/* Whether the list is of this node, or of all. */
static bool is_asked(const struct xml *el, const struct pep_node *node)
{
	struct str name = xml_attr(el, STR("node"));

	return !name.len || str_eq(name, node->name);
}

/* item-not-found for a node that is named and not there. */
static bool is_there(struct dispatch *d, const struct xml *el)
{
	return !xml_attr(el, STR("node")).len || pep_node_of(d, el);
}

enum verdict pep_on_own_affiliations(struct dispatch *d, const struct xml *el)
{
	struct pep_subject who = pep_asker(d);
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *list = list_new(d, reply, NS_PUBSUB, STR("affiliations"));
	const struct pep_node *node;
	size_t at = 0;

	if (!is_there(d, el))
		return DONE;
	xml_set(d->arena, list, STR("node"), xml_attr(el, STR("node")));
	while ((node = map_next(&d->entity->pep->nodes, &at))) {
		const struct pep_person *person = pep_person_find(node, jid_bare_str(who.jid));
		struct str name = who.is_owner ? STR("owner")
					       : pep_affiliation_name(person ? person->affiliation
									     : PEP_NONE);

		if (is_asked(el, node) && (who.is_owner || (person && person->affiliation)))
			xml_set(d->arena, add_row(d, list, STR("affiliation"), STR_NONE, name),
				STR("node"), node->name);
	}
	return dispatch_reply(d, reply);
}

static bool is_of(const struct pep_subject *who, struct str jid)
{
	struct str bare = jid_bare_str(who->jid);

	return str_starts(jid, bare) && (jid.len == bare.len || jid.ptr[bare.len] == '/');
}

static void add_own_subscriptions(struct dispatch *d, struct xml *list, struct pep_node *node,
				  const struct pep_subject *who)
{
	struct pep_person *person;
	struct xml *row;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		if (person->subscription == PEP_UNSUBSCRIBED || !is_of(who, person->jid) ||
		    pep_end_if_over(d, node, person))
			continue;
		row = add_row(d, list, STR("subscription"), person->jid,
			      pep_subscription_name(person->subscription));
		xml_set(d->arena, row, STR("node"), node->name);
		pep_write_expiry(d, row, &person->options);
	}
}

enum verdict pep_on_own_subscriptions(struct dispatch *d, const struct xml *el)
{
	struct pep_subject who = pep_asker(d);
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *list = list_new(d, reply, NS_PUBSUB, STR("subscriptions"));
	struct pep_node *node;
	size_t at = 0;

	if (!is_there(d, el))
		return DONE;
	xml_set(d->arena, list, STR("node"), xml_attr(el, STR("node")));
	while ((node = map_next(&d->entity->pep->nodes, &at))) {
		if (is_asked(el, node))
			add_own_subscriptions(d, list, node, &who);
	}
	return dispatch_reply(d, reply);
}

/* ---- everybody's ---- */

enum verdict pep_on_affiliations_get(struct dispatch *d, const struct xml *el)
{
	const struct pep_node *node = pep_owned_node(d, el);
	const struct pep_person *person;
	struct xml *reply, *list;
	size_t at = 0;

	if (!node)
		return DONE;
	reply = reply_result(d->arena, &d->stanza);
	list = list_new(d, reply, NS_PUBSUB_OWNER, STR("affiliations"));
	xml_set(d->arena, list, STR("node"), node->name);
	if (!pep_is_service(d->entity))
		(void)add_row(d, list, STR("affiliation"), d->entity->jid.full, STR("owner"));
	while ((person = pep_person_next(node, &at))) {
		if (person->affiliation != PEP_NONE)
			(void)add_row(d, list, STR("affiliation"), person->jid,
				      pep_affiliation_name(person->affiliation));
	}
	return dispatch_reply(d, reply);
}

enum verdict pep_on_subscriptions_get(struct dispatch *d, const struct xml *el)
{
	const struct pep_node *node = pep_owned_node(d, el);
	const struct pep_person *person;
	struct xml *reply, *list;
	size_t at = 0;

	if (!node)
		return DONE;
	reply = reply_result(d->arena, &d->stanza);
	list = list_new(d, reply, NS_PUBSUB_OWNER, STR("subscriptions"));
	xml_set(d->arena, list, STR("node"), node->name);
	while ((person = pep_person_next(node, &at))) {
		if (pep_person_is_subscribed(person))
			pep_write_expiry(d,
					 add_row(d, list, STR("subscription"), person->jid,
						 STR("subscribed")),
					 &person->options);
	}
	return dispatch_reply(d, reply);
}

/* ---- changing them ---- */

/* Judged as a whole before anything is changed. */
struct change {
	struct jid jid;
	enum pep_affiliation affiliation;
	enum pep_subscription subscription;
};

struct changes {
	struct change *list;
	size_t count;
};

/* The error with the rows that it is about, as they are (8.8.2.3, 8.9.2.3). */
static enum verdict not_acceptable(struct dispatch *d, const struct pep_node *node, struct str list,
				   struct str row, struct str jid, struct str value)
{
	struct xml *el = reply_error(d->arena, &d->stanza, COND_NOT_ACCEPTABLE, STR_NONE);
	struct xml *error = xml_first(el), *rows;

	xml_remove(error);
	rows = list_new(d, el, NS_PUBSUB_OWNER, list);
	xml_set(d->arena, rows, STR("node"), node->name);
	(void)add_row(d, rows, row, jid, value);
	xml_add(el, error);
	return dispatch_reply(d, el);
}

static bool is_double(const struct changes *c, struct jid jid)
{
	for (size_t i = 0; i < c->count; i++) {
		if (jid_eq(c->list[i].jid, jid))
			return true;
	}
	return false;
}

/* The next row's address; false: an error was answered. */
static bool read_jid(struct dispatch *d, const struct xml *row, const struct changes *c,
		     struct jid *ret_jid)
{
	if (jid_parse(d->arena, xml_attr(row, STR("jid")), ret_jid)) {
		(void)pep_error(d, COND_JID_MALFORMED, NULL);
		return false;
	}
	if (is_double(c, *ret_jid) || c->count == CHANGES_MAX) {
		(void)pep_error(d, COND_BAD_REQUEST, NULL);
		return false;
	}
	return true;
}

static bool read_affiliation(struct dispatch *d, const struct pep_node *node, const struct xml *row,
			     struct changes *c)
{
	struct str word = xml_attr(row, STR("affiliation"));
	struct change *next = &c->list[c->count];
	const struct pep_person *person;
	bool is_account;

	if (!str_is_set(word))
		return true;
	if (!read_jid(d, row, c, &next->jid))
		return false;
	next->jid = jid_bare(next->jid);
	is_account = jid_eq(next->jid, d->entity->jid);
	if (is_account && str_eq(word, STR("owner")))
		return true;
	if (!is_account && pep_affiliation_read(word, &next->affiliation) &&
	    (pep_is_service(d->entity) || next->affiliation != PEP_OWNER)) {
		c->count++;
		return true;
	}
	person = pep_person_find(node, next->jid.full);
	(void)not_acceptable(d, node, STR("affiliations"), STR("affiliation"), next->jid.full,
			     is_account ? STR("owner")
					: pep_affiliation_name(person ? person->affiliation
								      : PEP_NONE));
	return false;
}

/* 8.9.2: a node of a service must keep an owner. */
static bool keeps_owner(struct dispatch *d, const struct pep_node *node, const struct changes *c)
{
	const struct pep_person *person;
	size_t owners = 0, at = 0;

	while ((person = pep_person_next(node, &at)))
		owners += person->affiliation == PEP_OWNER;
	for (size_t i = 0; i < c->count; i++) {
		person = pep_person_find(node, c->list[i].jid.full);
		owners -= person && person->affiliation == PEP_OWNER;
		owners += c->list[i].affiliation == PEP_OWNER;
	}
	if (owners || !pep_is_service(d->entity))
		return true;
	(void)pep_error(d, COND_NOT_ACCEPTABLE, NULL);
	return false;
}

static bool has_room(const struct dispatch *d, const struct pep_node *node, const struct changes *c)
{
	size_t count = node->people.count;

	for (size_t i = 0; i < c->count; i++)
		count += !pep_person_find(node, c->list[i].jid.full);
	return count <= d->entity->pep->people_max;
}

/* Reads all rows of that name; false: an error was answered. */
static bool read_changes(struct dispatch *d, const struct pep_node *node, const struct xml *el,
			 struct str name,
			 bool (*read)(struct dispatch *d, const struct pep_node *node,
				      const struct xml *row, struct changes *c),
			 struct changes *c)
{
	c->list = arena_zalloc(d->arena, (CHANGES_MAX + 1) * sizeof(*c->list));
	xml_each (row, el) {
		if (!xml_is(row, NS_PUBSUB_OWNER, name))
			continue;
		if (!read(d, node, row, c))
			return false;
	}
	if (has_room(d, node, c))
		return true;
	(void)pep_error(d, COND_RESOURCE_CONSTRAINT, NULL);
	return false;
}

enum verdict pep_on_affiliations_set(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_owned_node(d, el);
	struct changes c = { 0 };

	if (!node || !read_changes(d, node, el, STR("affiliation"), read_affiliation, &c) ||
	    !keeps_owner(d, node, &c))
		return DONE;
	if (node->has_old_people)
		pep_save(d, node);
	for (size_t i = 0; i < c.count; i++) {
		struct str jid = c.list[i].jid.full;
		const struct pep_person *person = pep_person_find(node, jid);

		must(pep_person_set(d->entity->pep, node, jid, c.list[i].affiliation,
				    person ? person->subscription : PEP_UNSUBSCRIBED) == OK);
		pep_save_person(d, node, jid);
	}
	return dispatch_result(d);
}

static bool read_subscription(struct dispatch *d, const struct pep_node *node,
			      const struct xml *row, struct changes *c)
{
	struct str word = xml_attr(row, STR("subscription"));
	struct change *next = &c->list[c->count];
	const struct pep_person *person;

	if (!str_is_set(word))
		return true;
	if (!read_jid(d, row, c, &next->jid))
		return false;
	person = pep_person_find(node, next->jid.full);
	if (!pep_subscription_read(word, &next->subscription) ||
	    next->subscription == PEP_PENDING) {
		(void)not_acceptable(
			d, node, STR("subscriptions"), STR("subscription"), next->jid.full,
			pep_subscription_name(person ? person->subscription : PEP_UNSUBSCRIBED));
		return false;
	}
	c->count++;
	return true;
}

static void set_subscription(struct dispatch *d, struct pep_node *node, const struct change *c)
{
	struct pep_person *person = pep_person_find(node, c->jid.full);
	struct pep_person now = { .jid = c->jid.full, .subscription = c->subscription };

	if ((person ? person->subscription : PEP_UNSUBSCRIBED) == c->subscription)
		return;
	must(pep_person_set(d->entity->pep, node, c->jid.full,
			    person ? person->affiliation : PEP_NONE, c->subscription) == OK);
	pep_save_person(d, node, c->jid.full);
	pep_tell_subscription(d, node, &now);
}

enum verdict pep_on_subscriptions_set(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_owned_node(d, el);
	struct changes c = { 0 };

	if (!node || !read_changes(d, node, el, STR("subscription"), read_subscription, &c))
		return DONE;
	if (node->has_old_people)
		pep_save(d, node);
	for (size_t i = 0; i < c.count; i++)
		set_subscription(d, node, &c.list[i]);
	return dispatch_result(d);
}
