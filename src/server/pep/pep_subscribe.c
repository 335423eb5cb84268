/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribing, see pep_subscribe.h. */
#include "server/pep/pep_subscribe.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_items.h"
#include "server/pep/pep_options.h"
#include "server/pep/pep_row.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { OF_ONE_MAX = 20 }; /* subscriptions that one account may have at one node */

#define AUTHORIZATION STR("http://jabber.org/protocol/pubsub#subscribe_authorization")

/* How jid stands now. */
static void settle_person(struct dispatch *d, struct pep_node *node, struct str jid)
{
	if (node->has_old_people)
		pep_save(d, node);
	pep_save_person(d, node, jid);
}

/* ---- the question to the owner ---- */

static struct xml *question(struct dispatch *d, const struct pep_node *node, struct str jid)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message"));
	struct xml *form = form_new(d->arena, STR("form"), AUTHORIZATION), *field;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("id"), ARENA_JOIN(d->arena, STR("subscriber-"), jid));
	field = form_add(d->arena, form, STR("pubsub#node"), STR("text-single"), STR("Node"));
	form_add_value(d->arena, field, arena_dup(d->arena, node->name));
	field = form_add(d->arena, form, STR("pubsub#subscriber_jid"), STR("jid-single"),
			 STR("Subscriber"));
	form_add_value(d->arena, field, jid);
	field = form_add(d->arena, form, STR("pubsub#allow"), STR("boolean"),
			 STR("Allow this subscription?"));
	form_add_value(d->arena, field, STR("false"));
	xml_add(el, form);
	return el;
}

static void ask(struct dispatch *d, const struct pep_node *node, struct str jid, struct resource *r)
{
	struct xml *el = question(d, node, arena_dup(d->arena, jid));

	xml_set(d->arena, el, STR("to"), arena_dup(d->arena, r->jid.full));
	dispatch_deliver(d, r, el);
}

/* The same at any address. */
static void ask_at(struct dispatch *d, const struct pep_node *node, struct str jid, struct str to)
{
	struct xml *el = question(d, node, arena_dup(d->arena, jid));

	xml_set(d->arena, el, STR("to"), arena_dup(d->arena, to));
	dispatch_route(d, el);
}

static void ask_owners_of_service(struct dispatch *d, const struct pep_node *node, struct str jid)
{
	const struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		if (person->affiliation == PEP_OWNER)
			ask_at(d, node, jid, person->jid);
	}
}

static void ask_owner(struct dispatch *d, const struct pep_node *node, struct str jid)
{
	if (pep_is_service(d->entity)) {
		ask_owners_of_service(d, node, jid);
		return;
	}
	resource_each(r, &d->entity->resources)
	{
		if (r->is_available)
			ask(d, node, jid, r);
	}
}

void pep_ask_about(struct dispatch *d, const struct pep_node *node, struct str to)
{
	const struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		if (person->subscription == PEP_PENDING)
			ask_at(d, node, person->jid, to);
	}
}

void pep_ask_pending(struct dispatch *d, struct resource *r)
{
	const struct pep_person *person;
	const struct pep_node *node;
	size_t at = 0, at_person;

	while ((node = map_next(&d->entity->pep->nodes, &at))) {
		at_person = 0;
		while ((person = pep_person_next(node, &at_person))) {
			if (person->subscription == PEP_PENDING)
				ask(d, node, person->jid, r);
		}
	}
}

/* ---- 6.1 ---- */

/* The address of the request, which must be the asker's; false: an error was answered. */
static bool read_jid(struct dispatch *d, const struct xml *el, const struct pep_subject *who,
		     enum condition otherwise, struct jid *ret_jid)
{
	struct str text = xml_attr(el, STR("jid"));

	if (!text.len) {
		(void)pep_error(d, COND_BAD_REQUEST, "jid-required");
		return false;
	}
	if (!jid_parse(d->arena, text, ret_jid) && jid_bare_eq(*ret_jid, who->jid))
		return true;
	(void)pep_error(d, otherwise, otherwise == COND_BAD_REQUEST ? "invalid-jid" : NULL);
	return false;
}

static void answer(struct dispatch *d, const struct pep_node *node, const struct pep_person *person,
		   bool is_configured)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *pubsub = xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub"));
	struct xml *el = xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("subscription"));

	xml_set(d->arena, el, STR("node"), arena_dup(d->arena, node->name));
	xml_set(d->arena, el, STR("jid"), arena_dup(d->arena, person->jid));
	xml_set(d->arena, el, STR("subscription"), pep_subscription_name(person->subscription));
	pep_write_expiry(d, el, &person->options);
	(void)xml_add_new(d->arena, el, NS_PUBSUB, STR("subscribe-options"));
	if (is_configured)
		pep_write_options(d, xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("options")),
				  &person->options, STR("result"));
	(void)dispatch_reply(d, reply);
}

static bool has_too_many(const struct pep_node *node, struct jid jid)
{
	struct str bare = jid_bare_str(jid);
	const struct pep_person *person;
	size_t count = 0, at = 0;

	while ((person = pep_person_next(node, &at))) {
		struct str other = person->jid;

		count += str_starts(other, bare) &&
			 (other.len == bare.len || other.ptr[bare.len] == '/');
	}
	return count >= OF_ONE_MAX;
}

static enum verdict subscribe(struct dispatch *d, struct pep_node *node, struct jid jid,
			      bool is_asking, const struct pep_options *options)
{
	struct pep_person *person = pep_person_find(node, jid.full);
	enum pep_subscription s = is_asking ? PEP_PENDING : PEP_SUBSCRIBED;
	enum verdict v;

	if (person && person->subscription == PEP_PENDING && is_asking)
		return pep_error(d, COND_NOT_AUTHORIZED, "pending-subscription");
	if (person && person->subscription == PEP_SUBSCRIBED)
		s = PEP_SUBSCRIBED;
	if ((!person && has_too_many(node, jid)) ||
	    pep_person_set(d->entity->pep, node, jid.full, person ? person->affiliation : PEP_NONE,
			   s))
		return pep_error(d, COND_POLICY_VIOLATION, "too-many-subscriptions");
	person = pep_person_find(node, jid.full);
	if (options)
		person->options = *options;
	settle_person(d, node, jid.full);
	answer(d, node, person, options != NULL);
	if (s == PEP_PENDING) {
		ask_owner(d, node, jid.full);
		return DONE;
	}
	pep_tell_owners(d, node, &(struct pep_person){ .jid = jid.full, .subscription = s });
	if (person->options.is_silent)
		return DONE;
	v = pep_send_last_of(d, node, jid);
	return v == PASS ? DONE : v;
}

enum verdict pep_on_subscribe(struct dispatch *d, const struct xml *el)
{
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_of(d, el);
	struct pep_options *options;
	struct pep_person *person;
	enum pep_access access;
	bool is_asking;
	struct jid jid;

	if (!node || !read_jid(d, el, &who, COND_BAD_REQUEST, &jid))
		return DONE;
	if (!node->config.choice[PUBSUB_SUBSCRIBE])
		return pep_unsupported(d, "subscribe");
	if (!pep_read_options(d, el, &options))
		return DONE;
	person = pep_person_find(node, jid.full);
	if (person)
		(void)pep_end_if_over(d, node, person);
	access = pep_may_subscribe(node, &who, &is_asking);
	return access == PEP_ALLOWED ? subscribe(d, node, jid, is_asking, options)
				     : pep_refuse(d, access);
}

/* ---- 6.2 ---- */

enum verdict pep_on_unsubscribe(struct dispatch *d, const struct xml *el)
{
	struct pep_subject who = pep_asker(d);
	struct pep_node *node = pep_node_of(d, el);
	const struct pep_person *person;
	struct jid jid;

	if (!node || !read_jid(d, el, &who, COND_FORBIDDEN, &jid))
		return DONE;
	person = pep_person_find(node, jid.full);
	if (!person || person->subscription == PEP_UNSUBSCRIBED)
		return pep_error(d, COND_UNEXPECTED_REQUEST, "not-subscribed");
	pep_person_unsubscribe(d->entity->pep, node, jid.full);
	settle_person(d, node, jid.full);
	pep_tell_owners(d, node, &(struct pep_person){ .jid = jid.full });
	return dispatch_result(d);
}

/* ---- 8.6: the owner's answer ---- */

static void decide(struct dispatch *d, const struct xml *form)
{
	struct pep_subject who = pep_asker(d);
	struct str name = form_value(form, STR("pubsub#node"), d->arena);
	struct str jid = form_value(form, STR("pubsub#subscriber_jid"), d->arena);
	struct pep_node *node = name.len ? pep_node_find(d->entity->pep, name) : NULL;
	struct pep_person *person = node && jid.len ? pep_person_find(node, jid) : NULL;
	struct pep_person now = { .jid = jid };
	bool is_allowed;

	if (!person || person->subscription != PEP_PENDING || !pep_is_owner(node, &who) ||
	    form_bool(form, STR("pubsub#allow"), &is_allowed))
		return;
	now.subscription = is_allowed ? PEP_SUBSCRIBED : PEP_UNSUBSCRIBED;
	if (!is_allowed)
		pep_person_unsubscribe(d->entity->pep, node, jid);
	else
		person->subscription = PEP_SUBSCRIBED;
	settle_person(d, node, jid);
	pep_tell_subscription(d, node, &now);
	pep_tell_owners(d, node, &now);
}

bool pep_take_approval(struct dispatch *d)
{
	const struct xml *form;

	if (d->stanza.type == MESSAGE_ERROR ||
	    (jid_is_set(d->stanza.to) &&
	     !(jid_bare_eq(d->stanza.to, d->entity->jid) && !jid_is_full(d->stanza.to))))
		return false;
	form = xml_child(d->stanza.el, NS_DATA, STR("x"));
	if (!form || !str_eq(form_type_of(form, d->arena), AUTHORIZATION))
		return false;
	if (form_check(form) == OK && str_eq(xml_attr(form, STR("type")), STR("submit")))
		decide(d, form);
	return true;
}
