/* SPDX-License-Identifier: Apache-2.0 */
/* Who may mention whom, see mentions.h. The rules are settings like all others (model/room_config),
 * with a form of their own. What breaks them is taken out, and the message goes on. */
#include "server/room/mentions.h"

#include "xep/form.h"
#include "xmpp/ns.h"

#define PREFIX STR("mentions#")

/* ---- rules ---- */

static bool is_mention(const struct xml *el)
{
	return xml_is(el, NS_MENTIONS, STR("mention"));
}

static int rule_of(const struct room_config *c, const struct xml *mention)
{
	struct str kind = xml_attr(mention, STR("mentions"));

	if (!str_is_set(kind))
		return c->mention_one;
	if (str_eq(kind, STR("urn:xmpp:mentions:0#hats")))
		return c->mention_hats;
	if (str_eq(kind, STR("urn:xmpp:mentions:0#channel")) ||
	    str_eq(kind, STR("urn:xmpp:mentions:0#space")) ||
	    str_eq(kind, STR("urn:xmpp:mentions:0#server")) ||
	    !str_starts(kind, STR("urn:xmpp:mentions:0#")))
		return c->mention_all; /* the room, or even more than that */
	return c->mention_groups;
}

static size_t count_of(const struct xml *message)
{
	size_t count = 0;

	xml_each (child, message)
		count += is_mention(child);
	return count;
}

static bool follows(const struct occupant *o, int rule)
{
	switch ((enum room_mention)rule) {
	case MENTION_PARTICIPANTS:
		return o->role >= ROLE_PARTICIPANT;
	case MENTION_MODERATORS:
		return o->role == ROLE_MODERATOR;
	case MENTION_NOBODY:
		break;
	}
	return false;
}

bool mentions_pass(const struct room *r, const struct occupant *o, const struct xml *message,
		   const struct xml *child)
{
	if (!is_mention(child))
		return true;
	if (count_of(message) > (size_t)r->config.mention_count)
		return false;
	return follows(o, rule_of(&r->config, child));
}

bool mentions_may_all(const struct room *r, const struct occupant *o)
{
	return follows(o, r->config.mention_all);
}

/* ---- the form ---- */

static bool is_ours(const struct room_field *f)
{
	return str_starts(f->var, PREFIX);
}

static struct xml *add_field(struct dispatch *d, const struct room_config *c,
			     const struct room_field *f, struct xml *form)
{
	struct str type = f->options ? STR("list-single") : STR("text-single");
	struct xml *field = form_add(d->arena, form, f->var, type, STR_NONE);
	const struct str *values;
	size_t count = room_field_values(c, f, d->arena, &values);

	for (size_t i = 0; i < count; i++)
		form_add_value(d->arena, field, values[i]);
	return field;
}

void mentions_add(struct dispatch *d, const struct room *r, struct xml *form)
{
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		if (is_ours(f))
			(void)add_field(d, &r->config, f, form);
	}
}

static enum verdict on_get(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	struct xml *reply, *form;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	form = form_new(d->arena, STR("form"), NS_MENTIONS);
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		struct xml *field;

		if (!is_ours(f))
			continue;
		field = add_field(d, &r->config, f, form);
		xml_set(d->arena, field, STR("label"), f->label);
		form_require(d->arena, field);
		for (const struct room_option *o = f->options; o && o->label.ptr; o++)
			form_add_option(d->arena, field, o->value, o->label);
	}
	reply = reply_result(d->arena, &d->stanza);
	xml_add(xml_add_new(d->arena, reply, NS_MENTIONS, STR("query")), form);
	return dispatch_reply(d, reply);
}

/* What is not in the form stays as it is. False: a value is none. */
static bool read_form(struct dispatch *d, const struct xml *form, struct room_config *c)
{
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		const struct str *values;
		size_t count;

		if (!is_ours(f) || !form_field(form, f->var))
			continue;
		count = form_values(form, f->var, d->arena, &values);
		if (!room_field_set(c, f, values, count))
			return false;
	}
	return true;
}

static bool is_same(struct dispatch *d, const struct room_config *a, const struct room_config *b,
		    const struct room_field *f)
{
	const struct str *x, *y;
	size_t n = room_field_values(a, f, d->arena, &x);

	return room_field_values(b, f, d->arena, &y) == n && n == 1 && str_eq(x[0], y[0]);
}

static void tell_change(struct dispatch *d, struct room *r, const struct room_config *was)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *form;
	bool has_change = false;

	form = form_new(d->arena, STR("result"), NS_MENTIONS);
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		if (!is_ours(f) || is_same(d, was, &r->config, f))
			continue;
		(void)add_field(d, &r->config, f, form);
		has_change = true;
	}
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	xml_add(el, form);
	if (has_change)
		dispatch_share(d, room_everybody(r), el);
}

static enum verdict on_set(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct xml *form = form_submitted(stanza_payload(&d->stanza), NS_MENTIONS, d->arena);
	struct room_config was;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (room_members_get(&r->members, d->stanza.from) != AFFILIATION_OWNER)
		return dispatch_error(d, COND_FORBIDDEN);
	if (!form || form_check(form))
		return dispatch_error(d, COND_BAD_REQUEST);
	room_config_copy(&was, &r->config);
	if (!read_form(d, form, &r->config)) {
		room_config_done(&r->config);
		r->config = was;
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	}
	room_store_config(d, r);
	tell_change(d, r, &was);
	room_config_done(&was);
	return dispatch_result(d);
}

#define MENTIONS STR_INIT("urn:xmpp:mentions:0")

static const struct iq_handler iq[] = {
	{ MENTIONS, STR_INIT("query"), IQ_GET, TARGET_OTHER, on_get },
	{ MENTIONS, STR_INIT("query"), IQ_SET, TARGET_OTHER, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { MENTIONS,
				   STR_INIT("urn:xmpp:mentions:0#channel"),
				   STR_INIT("urn:xmpp:mentions:0#associations"),
				   STR_INIT("urn:xmpp:mentions:0#hats"),
				   { .ptr = NULL } };

const struct feature room_mentions_feature = {
	.name = "room_mentions",
	.spec = "XEP-0513 0.1.0",
	.test = "rooms/mentions.talk",
	.iq = iq,
	.disco_account = vars,
};
