/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits to be let in, see pending.h: an ad-hoc command (XEP-0050) of two steps, which keeps
 * nothing in between. */
#include "server/pubsub/pending.h"

#include "base/random.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_subscribe.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { SESSION_CHARS = 26, SESSION_MAX = 256 /* bytes of an id that comes back */ };

#define GET_PENDING    STR("http://jabber.org/protocol/pubsub#get-pending")
#define SUBSCRIBE_FORM STR("http://jabber.org/protocol/pubsub#subscribe_authorization")
#define NAME           STR("Get pending subscriptions")

static struct xml *command_new(struct dispatch *d, struct xml *reply, struct str status)
{
	struct xml *el = xml_add_new(d->arena, reply, NS_COMMANDS, STR("command"));
	struct str session = xml_attr(stanza_payload(&d->stanza), STR("sessionid"));

	if (!session.len) {
		char *id = arena_alloc(d->arena, SESSION_CHARS + 1);

		random_token(id, SESSION_CHARS);
		session = str_make(id, SESSION_CHARS);
	}
	xml_set(d->arena, el, STR("sessionid"), session);
	xml_set(d->arena, el, STR("node"), GET_PENDING);
	xml_set(d->arena, el, STR("status"), status);
	return el;
}

static bool has_pending(const struct pep_node *node)
{
	const struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at))) {
		if (person->subscription == PEP_PENDING)
			return true;
	}
	return false;
}

static enum verdict show_nodes(struct dispatch *d)
{
	struct pep_subject who = pep_asker(d);
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *command = command_new(d, reply, STR("executing"));
	struct xml *actions = xml_add_new(d->arena, command, NS_COMMANDS, STR("actions"));
	struct xml *form = form_new(d->arena, STR("form"), SUBSCRIBE_FORM), *field;
	const struct pep_node *node;
	size_t at = 0;

	xml_set(d->arena, actions, STR("execute"), STR("complete"));
	(void)xml_add_new(d->arena, actions, NS_COMMANDS, STR("complete"));
	field = form_add(d->arena, form, STR("pubsub#node"), STR("list-single"), STR("Node"));
	while ((node = map_next(&d->entity->pep->nodes, &at))) {
		if (pep_is_owner(node, &who) && has_pending(node))
			form_add_option(d->arena, field, node->name, STR_NONE);
	}
	xml_add(command, form);
	return dispatch_reply(d, reply);
}

static enum verdict send_questions(struct dispatch *d, const struct xml *form)
{
	struct pep_subject who = pep_asker(d);
	struct str name = form_value(form, STR("pubsub#node"), d->arena);
	const struct pep_node *node = name.len ? pep_node_find(d->entity->pep, name) : NULL;
	struct xml *reply;

	if (!node)
		return pep_error(d, COND_ITEM_NOT_FOUND, NULL);
	if (!pep_is_owner(node, &who))
		return pep_error(d, COND_FORBIDDEN, NULL);
	reply = reply_result(d->arena, &d->stanza);
	(void)command_new(d, reply, STR("completed"));
	pep_ask_about(d, node, d->stanza.from.full);
	return dispatch_reply(d, reply);
}

static enum verdict on_command(struct dispatch *d)
{
	const struct xml *command = stanza_payload(&d->stanza);
	const struct xml *form = xml_child(command, NS_DATA, STR("x"));
	struct xml *reply;

	if (!str_eq(xml_attr(command, STR("node")), GET_PENDING))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (xml_attr(command, STR("sessionid")).len > SESSION_MAX)
		return dispatch_error(d, COND_BAD_REQUEST);
	if (str_eq(xml_attr(command, STR("action")), STR("cancel"))) {
		reply = reply_result(d->arena, &d->stanza);
		(void)command_new(d, reply, STR("canceled"));
		return dispatch_reply(d, reply);
	}
	if (!form)
		return show_nodes(d);
	if (form_check(form) || !str_eq(xml_attr(form, STR("type")), STR("submit")))
		return dispatch_error(d, COND_BAD_REQUEST);
	return send_questions(d, form);
}

/* ---- service discovery ---- */

static enum verdict disco_node(struct dispatch *d, struct str node, bool is_items)
{
	struct xml *reply, *query = is_items ? disco_items_new(d->arena, node)
					     : disco_info_new(d->arena, node);

	if (!str_eq(node, NS_COMMANDS) && !str_eq(node, GET_PENDING))
		return PASS;
	if (is_items && str_eq(node, NS_COMMANDS))
		disco_add_item(d->arena, query, d->entity->jid.full, NAME, GET_PENDING);
	if (!is_items)
		disco_add_command(d->arena, query, NAME, str_eq(node, NS_COMMANDS));
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, query);
	return dispatch_reply(d, reply);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/commands"), STR_INIT("command"), IQ_SET,
	  TARGET_SERVER, on_command },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("http://jabber.org/protocol/commands"),
				   { .ptr = NULL } };

const struct feature pubsub_pending_feature = {
	.name = "pubsub_pending",
	.spec = "XEP-0060 1.30.0",
	.test = "pubsub/pending.talk",
	.iq = iq,
	.disco_domain = vars,
	.disco_node = disco_node,
};
