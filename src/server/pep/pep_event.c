/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications, see pep_event.h. */
#include "server/pep/pep_event.h"

#include "base/random.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_remote.h"
#include "server/pep/pep_row.h"
#include "server/route/audience.h"
#include "server/route/client_caps.h"
#include "server/route/presence_view.h"
#include "server/route/roster_view.h"
#include "xep/delay.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { ID_CHARS = 16 };

/* ---- what is said ---- */

static struct xml *message_new(struct dispatch *d, const struct pep_node *node)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message"));
	char *id = arena_alloc(d->arena, ID_CHARS + 1);

	random_token(id, ID_CHARS);
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("id"), str_make(id, ID_CHARS));
	if (node->config.choice[PUBSUB_NOTIFICATION_TYPE] == NOTIFICATION_HEADLINE)
		xml_set(d->arena, el, STR("type"), STR("headline"));
	return el;
}

/* <event/> with this child, which names the node. */
static struct xml *add_event(struct dispatch *d, struct xml *message, const struct pep_node *node,
			     struct str child)
{
	struct xml *event = xml_add_new(d->arena, message, NS_PUBSUB_EVENT, STR("event"));
	struct xml *el = xml_add_new(d->arena, event, NS_PUBSUB_EVENT, child);

	xml_set(d->arena, el, STR("node"), arena_dup(d->arena, node->name));
	return el;
}

struct xml *pep_item_el(struct arena *a, struct xml *parent, const struct pep_node *node,
			const struct pep_event *event)
{
	struct xml *el = xml_add_new(a, parent, parent->ns, STR("item"));

	xml_set(a, el, STR("id"), event->id);
	if (node->config.choice[PUBSUB_ITEMREPLY] == ITEMREPLY_PUBLISHER && event->publisher.len)
		xml_set(a, el, STR("publisher"), event->publisher);
	if (event->payload.len)
		xml_add_markup(a, el, event->payload);
	return el;
}

static struct xml *item_message(struct dispatch *d, const struct pep_node *node,
				const struct pep_event *event)
{
	struct xml *message = message_new(d, node);
	struct xml *items = add_event(d, message, node, STR("items"));
	struct pep_event shown = *event;

	if (!node->config.choice[PUBSUB_DELIVER_PAYLOADS])
		shown.payload = STR("");
	(void)pep_item_el(d->arena, items, node, &shown);
	if (event->wall_time)
		delay_add(d->arena, message, STR_NONE, event->wall_time);
	return message;
}

/* ---- to whom ---- */

static bool is_subscribed(const struct pep_node *node, struct str jid)
{
	const struct pep_person *person = pep_person_find(node, jid);

	return person && pep_person_is_subscribed(person);
}

static void to_own_resources(struct dispatch *d, const struct pep_node *node, const struct xml *el)
{
	const struct pep_person *own = pep_person_find(node, d->entity->jid.full);
	bool is_for_all = own && pep_person_is_subscribed(own) && !own->options.is_silent;

	resource_each(r, &d->entity->resources)
	{
		if (r->is_available && (is_for_all || client_caps_wants(r->caps, node->name)))
			dispatch_deliver(
				d, r, presence_to(d->arena, el, arena_dup(d->arena, r->jid.full)));
	}
}

static bool may_read(const struct dispatch *d, const struct pep_node *node, struct jid jid)
{
	struct pep_subject who = pep_subject_of(d->entity, jid);

	return pep_may_read(node, &who) == PEP_ALLOWED;
}

/* Contacts of this server who see the presence; whether they want the node is known at their side.
 */
static void to_contacts(struct dispatch *d, const struct pep_node *node, const struct xml *el)
{
	struct xml *marked = xml_copy(d->arena, el);
	const struct roster_item *item;
	size_t at = 0;

	(void)xml_add_new(d->arena, marked, NS_PARLEY_PEP, STR("filtered"));
	while ((item = map_next(&d->entity->roster->items, &at))) {
		struct jid jid;

		if (!(item->flags & ROSTER_FROM) || is_subscribed(node, item->jid) ||
		    jid_parse(d->arena, arena_dup(d->arena, item->jid), &jid) ||
		    !str_eq(jid.domain, d->home->domain) || !may_read(d, node, jid))
			continue;
		dispatch_route(d, presence_to(d->arena, marked, jid.full));
	}
}

/* Those of other servers: what each of their resources wants is known here. */
static void to_remote_contacts(struct dispatch *d, const struct pep_node *node,
			       const struct xml *el)
{
	const struct pep_remote *r = NULL;
	struct jid jid;

	while ((r = pep_remote_next(d, r, node->name, &jid))) {
		if (!is_subscribed(node, jid_bare_str(jid)) && may_read(d, node, jid))
			dispatch_route_quietly(d, presence_to(d->arena, el, jid.full));
	}
}

/* XEP-0163 8.1: who has lost access has lost the subscription. */
static void end_subscription(struct dispatch *d, struct pep_node *node, struct str jid)
{
	pep_person_unsubscribe(d->entity->pep, node, jid);
	if (node->has_old_people)
		pep_save(d, node);
	pep_save_person(d, node, jid);
}

/* Whether what happens at the node goes to person; who has no right to it any more goes himself. */
static bool is_told(struct dispatch *d, struct pep_node *node, struct pep_person *person,
		    struct jid *ret_jid)
{
	if (person->subscription != PEP_SUBSCRIBED || pep_end_if_over(d, node, person) ||
	    jid_parse(d->arena, arena_dup(d->arena, person->jid), ret_jid))
		return false;
	if (!may_read(d, node, *ret_jid)) {
		end_subscription(d, node, ret_jid->full);
		return false;
	}
	return !person->options.is_silent;
}

static void to_subscribers(struct dispatch *d, struct pep_node *node, const struct xml *el)
{
	struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		struct jid jid;

		if (!str_eq(person->jid, d->entity->jid.full) && is_told(d, node, person, &jid))
			dispatch_route(d, presence_to(d->arena, el, jid.full));
	}
}

/* The same where they are many: the stanza is serialised once. */
static void to_audience(struct dispatch *d, struct pep_node *node, const struct xml *el)
{
	struct audience *a = audience_new(d->home);
	struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		struct jid jid;

		if (is_told(d, node, person, &jid))
			audience_add(a, jid);
	}
	dispatch_share(d, a, el);
	(void)audience_unref(a);
}

static void tell_all(struct dispatch *d, struct pep_node *node, const struct xml *el)
{
	if (!node->config.choice[PUBSUB_DELIVER_NOTIFICATIONS])
		return;
	if (pep_is_service(d->entity)) {
		to_audience(d, node, el);
		return;
	}
	to_own_resources(d, node, el);
	to_contacts(d, node, el);
	to_remote_contacts(d, node, el);
	to_subscribers(d, node, el);
}

/* ---- the events ---- */

void pep_tell_published(struct dispatch *d, struct pep_node *node, const struct pep_event *event)
{
	tell_all(d, node, item_message(d, node, event));
}

void pep_tell_retracted(struct dispatch *d, struct pep_node *node, struct str id)
{
	struct xml *message = message_new(d, node);
	struct xml *items = add_event(d, message, node, STR("items"));

	xml_set(d->arena, xml_add_new(d->arena, items, NS_PUBSUB_EVENT, STR("retract")), STR("id"),
		id);
	tell_all(d, node, message);
}

void pep_tell_configuration(struct dispatch *d, struct pep_node *node)
{
	struct xml *message = message_new(d, node);
	struct xml *el = add_event(d, message, node, STR("configuration")), *form;

	if (node->config.choice[PUBSUB_DELIVER_PAYLOADS]) {
		/* Copied: the node's texts may be gone when it is written. */
		struct pubsub_config copy = node->config;

		for (size_t i = 0; i < PUBSUB_TEXTS; i++)
			copy.text[i] = arena_dup(d->arena, copy.text[i]);
		form = form_new(d->arena, STR("result"),
				STR("http://jabber.org/protocol/pubsub#node_config"));
		pubsub_config_write(&copy, d->arena, form, false);
		xml_add(el, form);
	}
	tell_all(d, node, message);
}

void pep_tell(struct dispatch *d, struct pep_node *node, struct str what)
{
	struct xml *message = message_new(d, node);

	(void)add_event(d, message, node, what);
	tell_all(d, node, message);
}

/* To one of the own resources, or away. */
static void send_to(struct dispatch *d, struct xml *message, struct str to)
{
	struct jid jid;
	struct resource *r = NULL;

	xml_set(d->arena, message, STR("to"), arena_dup(d->arena, to));
	if (jid_parse(d->arena, to, &jid))
		return;
	if (!jid_bare_eq(jid, d->entity->jid)) {
		dispatch_route(d, message);
		return;
	}
	r = resource_by_name(&d->entity->resources, jid.resource);
	if (r)
		dispatch_deliver(d, r, message);
}

void pep_send_item(struct dispatch *d, const struct pep_node *node, const struct pep_event *event,
		   struct str to)
{
	send_to(d, item_message(d, node, event), to);
}

static struct xml *subscription_message(struct dispatch *d, const struct pep_node *node,
					const struct pep_person *person)
{
	struct xml *message = message_new(d, node);
	struct xml *el = add_event(d, message, node, STR("subscription"));

	xml_set(d->arena, el, STR("jid"), arena_dup(d->arena, person->jid));
	xml_set(d->arena, el, STR("subscription"), pep_subscription_name(person->subscription));
	return message;
}

void pep_tell_subscription(struct dispatch *d, const struct pep_node *node,
			   const struct pep_person *person)
{
	send_to(d, subscription_message(d, node, person), person->jid);
}

void pep_tell_owners(struct dispatch *d, const struct pep_node *node,
		     const struct pep_person *person)
{
	const struct pep_person *owner;
	struct xml *el;
	size_t at = 0;

	if (!node->config.choice[PUBSUB_NOTIFY_SUB])
		return;
	el = subscription_message(d, node, person);
	resource_each(r, &d->entity->resources)
	{
		if (r->is_available)
			dispatch_deliver(
				d, r, presence_to(d->arena, el, arena_dup(d->arena, r->jid.full)));
	}
	while ((owner = pep_person_next(node, &at))) {
		if (owner->affiliation == PEP_OWNER)
			dispatch_route(d,
				       presence_to(d->arena, el, arena_dup(d->arena, owner->jid)));
	}
}

bool pep_end_if_over(struct dispatch *d, struct pep_node *node, struct pep_person *person)
{
	struct pep_person now = { .jid = arena_dup(d->arena, person->jid) };

	if (person->subscription == PEP_UNSUBSCRIBED || !person->options.wall_expire ||
	    person->options.wall_expire > wall_now())
		return false;
	end_subscription(d, node, now.jid);
	pep_tell_subscription(d, node, &now);
	pep_tell_owners(d, node, &now);
	return true;
}

/* ---- at the contact's side ---- */

static struct str node_of_event(const struct xml *message)
{
	const struct xml *event = xml_child(message, NS_PUBSUB_EVENT, STR("event"));
	const struct xml *what = event ? xml_first(event) : NULL;

	return what ? xml_attr(what, STR("node")) : STR_NONE;
}

bool pep_deliver_marked(struct dispatch *d)
{
	struct xml *mark = xml_child(d->stanza.el, NS_PARLEY_PEP, STR("filtered"));
	struct str node;

	if (!mark)
		return false;
	xml_remove(mark);
	/* Only the server speaks in the name of an account without a resource. */
	if (!d->stanza.from.node.len || jid_is_full(d->stanza.from) ||
	    !str_eq(d->stanza.from.domain, d->home->domain))
		return false;
	node = node_of_event(d->stanza.el);
	resource_each(r, &d->entity->resources)
	{
		if (r->is_available && client_caps_wants(r->caps, node))
			dispatch_deliver(d, r,
					 presence_to(d->arena, d->stanza.el,
						     arena_dup(d->arena, r->jid.full)));
	}
	return true;
}
