/* SPDX-License-Identifier: Apache-2.0 */
/* Options of subscriptions, see pep_options.h. */
#include "server/pep/pep_options.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_row.h"
#include "xep/form.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

#define OPTIONS STR("http://jabber.org/protocol/pubsub#subscribe_options")
#define DELIVER STR("pubsub#deliver")
#define EXPIRE  STR("pubsub#expire")

/* ---- the form ---- */

void pep_write_options(struct dispatch *d, struct xml *parent, const struct pep_options *options,
		       struct str type)
{
	struct xml *form = form_new(d->arena, type, OPTIONS), *field;

	field = form_add(d->arena, form, DELIVER, STR("boolean"), STR("Enable delivery?"));
	form_add_value(d->arena, field, options->is_silent ? STR("0") : STR("1"));
	field = form_add(d->arena, form, EXPIRE, STR("text-single"),
			 STR("When the subscription ends (date and time)"));
	if (options->wall_expire)
		form_add_value(d->arena, field, datetime_format(d->arena, options->wall_expire));
	xml_add(parent, form);
}

void pep_write_expiry(struct dispatch *d, struct xml *subscription,
		      const struct pep_options *options)
{
	if (options->wall_expire)
		xml_set(d->arena, subscription, STR("expiry"),
			datetime_format(d->arena, options->wall_expire));
}

/* Whether a field asks for something that there is not: digests, bodies. */
static bool asks_for_more(const struct xml *form)
{
	static const struct str missing[] = { STR_INIT("pubsub#digest"),
					      STR_INIT("pubsub#include_body") };

	for (size_t i = 0; i < array_len(missing); i++) {
		bool is_on = true;

		if (form_field(form, missing[i]) && (form_bool(form, missing[i], &is_on) || is_on))
			return true;
	}
	return false;
}

/* The fields of form over *options; an empty time takes the end away. */
static bool read_form(struct dispatch *d, const struct xml *form, struct pep_options *options)
{
	struct str expire = form_value(form, EXPIRE, d->arena);
	usec_t wall = 0;
	bool is_delivered;

	if (form_field(form, DELIVER)) {
		if (form_bool(form, DELIVER, &is_delivered))
			return false;
		options->is_silent = !is_delivered;
	}
	if (form_field(form, EXPIRE)) {
		if (expire.len && (datetime_parse(expire, &wall) || wall <= wall_now()))
			return false;
		options->wall_expire = wall;
	}
	return !asks_for_more(form);
}

/* The form that was submitted inside el. False: an error was answered. */
static bool take_form(struct dispatch *d, const struct xml *el, struct pep_options *options)
{
	const struct xml *form = xml_child(el, NS_DATA, STR("x"));

	if (form && form_check(form) == OK && str_eq(xml_attr(form, STR("type")), STR("submit")) &&
	    str_eq(form_type_of(form, d->arena), OPTIONS) && read_form(d, form, options))
		return true;
	(void)pep_error(d, COND_BAD_REQUEST, "invalid-options");
	return false;
}

bool pep_read_options(struct dispatch *d, const struct xml *subscribe,
		      struct pep_options **ret_options)
{
	const struct xml *el = xml_child(stanza_payload(&d->stanza), NS_PUBSUB, STR("options"));
	struct pep_options *options;

	*ret_options = NULL;
	if (!el)
		return true;
	if (xml_next(subscribe) != el || str_is_set(xml_attr(el, STR("node"))) ||
	    str_is_set(xml_attr(el, STR("jid")))) {
		(void)pep_error(d, COND_BAD_REQUEST, NULL);
		return false;
	}
	options = arena_new(d->arena, struct pep_options);
	*options = (struct pep_options){ .is_silent = false };
	if (!take_form(d, el, options))
		return false;
	*ret_options = options;
	return true;
}

/* ---- 6.3: requests ---- */

/* Whose options are meant; NULL: an error was answered. Nobody has a subscription with an id. */
static struct pep_person *person_of(struct dispatch *d, struct pep_node *node, const struct xml *el)
{
	struct pep_subject who = pep_asker(d);
	struct str text = xml_attr(el, STR("jid"));
	struct pep_person *person;
	struct jid jid;

	if (!text.len) {
		(void)pep_error(d, COND_BAD_REQUEST, "jid-required");
		return NULL;
	}
	if (jid_parse(d->arena, text, &jid) || !jid_bare_eq(jid, who.jid)) {
		(void)pep_error(d, COND_FORBIDDEN, NULL);
		return NULL;
	}
	person = pep_person_find(node, jid.full);
	if (!person || person->subscription == PEP_UNSUBSCRIBED ||
	    pep_end_if_over(d, node, person)) {
		(void)pep_error(d, COND_UNEXPECTED_REQUEST, "not-subscribed");
		return NULL;
	}
	if (xml_attr(el, STR("subid")).len) {
		(void)pep_error(d, COND_NOT_ACCEPTABLE, "invalid-subid");
		return NULL;
	}
	return person;
}

enum verdict pep_on_options_get(struct dispatch *d, const struct xml *options)
{
	struct pep_node *node = pep_node_of(d, options);
	const struct pep_person *person = node ? person_of(d, node, options) : NULL;
	struct xml *reply, *el;

	if (!person)
		return DONE;
	reply = reply_result(d->arena, &d->stanza);
	el = xml_add_new(d->arena, xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub")),
			 NS_PUBSUB, STR("options"));
	xml_set(d->arena, el, STR("node"), arena_dup(d->arena, node->name));
	xml_set(d->arena, el, STR("jid"), arena_dup(d->arena, person->jid));
	pep_write_options(d, el, &person->options, STR("form"));
	return dispatch_reply(d, reply);
}

enum verdict pep_on_options_set(struct dispatch *d, const struct xml *options)
{
	struct pep_node *node = pep_node_of(d, options);
	struct pep_person *person = node ? person_of(d, node, options) : NULL;
	struct pep_options next;

	if (!person)
		return DONE;
	next = person->options;
	if (!take_form(d, options, &next))
		return DONE;
	person->options = next;
	if (node->has_old_people)
		pep_save(d, node);
	pep_save_person(d, node, person->jid);
	return dispatch_result(d);
}

/* 6.4: the same for every node. */
enum verdict pep_on_subscribe_default(struct dispatch *d, const struct xml *el)
{
	static const struct pep_options none;
	struct xml *reply = reply_result(d->arena, &d->stanza), *out;
	struct str name = xml_attr(el, STR("node"));

	if (name.len && !pep_node_of(d, el))
		return DONE;
	out = xml_add_new(d->arena, xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub")),
			  NS_PUBSUB, STR("default"));
	if (name.len)
		xml_set(d->arena, out, STR("node"), name);
	pep_write_options(d, out, &none, STR("form"));
	return dispatch_reply(d, reply);
}
