/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's form, see owner.h. A form is taken whole or not at all. */
#include "server/room/owner.h"

#include "server/room/admin.h"
#include "server/room/ending.h"
#include "server/room/enter.h"
#include "server/room/guests.h"
#include "server/room/news.h"
#include "xep/form.h"
#include "xmpp/ns.h"

static bool is_owner(const struct dispatch *d, const struct room *r)
{
	return room_members_get(&r->members, d->stanza.from) == AFFILIATION_OWNER;
}

/* ---- the form ---- */

static const struct str types[] = {
	[ROOM_FIELD_BOOL] = STR_INIT("boolean"),
	[ROOM_FIELD_TEXT] = STR_INIT("text-single"),
	[ROOM_FIELD_LINES] = STR_INIT("text-multi"),
	[ROOM_FIELD_JIDS] = STR_INIT("jid-multi"),
	[ROOM_FIELD_SECRET] = STR_INIT("text-private"),
	[ROOM_FIELD_COUNT] = STR_INIT("text-single"),
	[ROOM_FIELD_NUMBER] = STR_INIT("text-single"),
	[ROOM_FIELD_CHOICE] = STR_INIT("list-single"),
	[ROOM_FIELD_CHOICES] = STR_INIT("list-multi"),
};

/* XEP-0500 5.1, XEP-0122. */
static void add_range(struct dispatch *d, struct xml *field, int64_t max)
{
	struct xml *el = xml_add_new(d->arena, field, NS_XDATA_VALIDATE, STR("validate")), *range;

	xml_set(d->arena, el, STR("datatype"), STR("xs:integer"));
	range = xml_add_new(d->arena, el, NS_XDATA_VALIDATE, STR("range"));
	xml_set(d->arena, range, STR("min"), STR("0"));
	xml_set(d->arena, range, STR("max"), arena_printf(d->arena, "%lld", (long long)max));
}

static void add_field(struct dispatch *d, const struct room *r, const struct room_field *f,
		      struct xml *form)
{
	struct str type =
		f->kind == ROOM_FIELD_NUMBER && f->options ? STR("list-single") : types[f->kind];
	struct xml *field = form_add(d->arena, form, f->var, type, f->label);
	const struct str *values;
	size_t count = room_field_values(&r->config, f, d->arena, &values);

	if (f->kind == ROOM_FIELD_COUNT)
		add_range(d, field, f->max);
	for (size_t i = 0; i < count; i++)
		form_add_value(d->arena, field, values[i]);
	for (const struct room_option *o = f->options; o && o->label.ptr; o++)
		form_add_option(d->arena, field, o->value, o->label);
}

#define ROOM_ADMINS STR("muc#roomconfig_roomadmins")
#define ROOM_OWNERS STR("muc#roomconfig_roomowners")

static void add_people(struct dispatch *d, const struct room *r, struct xml *form, struct str var,
		       enum room_affiliation a)
{
	struct xml *field =
		form_add(d->arena, form, var, STR("jid-multi"),
			 a == AFFILIATION_OWNER ? STR("Owners") : STR("Administrators"));
	const struct room_member *m;
	size_t at = 0;

	while ((m = map_next(&r->members.items, &at))) {
		if (m->affiliation == a)
			form_add_value(d->arena, field, m->jid);
	}
}

static enum verdict on_get(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	struct xml *reply, *form;

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (!is_owner(d, r))
		return dispatch_error(d, COND_FORBIDDEN);
	form = form_new(d->arena, STR("form"), NS_MUC_ROOMCONFIG);
	for (const struct room_field *f = room_fields; f->var.ptr; f++)
		add_field(d, r, f, form);
	add_people(d, r, form, ROOM_ADMINS, AFFILIATION_ADMIN);
	add_people(d, r, form, ROOM_OWNERS, AFFILIATION_OWNER);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(xml_add_new(d->arena, reply, NS_MUC_OWNER, STR("query")), form);
	return dispatch_reply(d, reply);
}

/* ---- the form comes back ---- */

/* Onto a copy. False: the condition. */
static bool read_form(struct dispatch *d, const struct xml *form, struct room_config *c)
{
	xml_each (el, form) {
		const struct room_field *f = room_field_find(xml_attr(el, STR("var")));
		const struct str *values;
		size_t count;

		if (!xml_is(el, NS_DATA, STR("field")) || !f)
			continue; /* XEP-0045 10.2: fields that are not known are passed over */
		count = form_values(form, f->var, d->arena, &values);
		if (!room_field_set(c, f, values, count))
			return false;
	}
	/* 10.1.3: a password is wanted, and there is none. */
	return !c->has_password || c->secret.len > 0;
}

/* 10.2.1: what occupants should know of a change. */
static size_t changes_of(const struct room_config *was, const struct room_config *is, int *codes)
{
	size_t n = 0;

	if (was->whois != is->whois)
		codes[n++] = is->whois == WHOIS_ANYONE ? 172 : 173;
	if (was->has_public_log != is->has_public_log)
		codes[n++] = is->has_public_log ? 170 : 171;
	codes[n++] = 104;
	return n;
}

static void tell_change(struct dispatch *d, struct room *r, const int *codes, size_t count)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *x;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	for (size_t i = 0; i < count; i++)
		xml_set(d->arena, xml_add_new(d->arena, x, NS_MUC_USER, STR("status")), STR("code"),
			arena_printf(d->arena, "%d", codes[i]));
	dispatch_share(d, room_everybody(r), el);
}

/* Settings decide who may be there, and as what. */
static void review(struct dispatch *d, struct room *r, const struct room_config *was)
{
	if (was->is_members_only != r->config.is_members_only ||
	    was->is_moderated != r->config.is_moderated)
		admin_review(d, r, STR_NONE, 322, STR_NONE, STR_NONE);
}

/* The new settings begin to hold. */
static void adopt(struct dispatch *d, struct room *r, struct room_config *next)
{
	struct room_config was = r->config;
	bool was_locked = r->is_locked;
	int codes[3];
	size_t count = changes_of(&was, next, codes);

	r->config = *next;
	room_forget_everybody(r);
	guests_forget(r);
	room_store_config(d, r);
	if (was_locked) {
		const struct room_member *m;
		size_t at = 0;

		r->is_locked = false;
		while ((m = map_next(&r->members.items, &at))) {
			room_store_member(d, r, m->jid);
			news_of_standing(d, r, m->jid);
		}
	} else {
		tell_change(d, r, codes, count);
		review(d, r, &was);
	}
	room_config_done(&was);
}

/* 10.1.2, 10.1.4: a room whose owner thinks better of it never was. */
static enum verdict cancel(struct dispatch *d, struct room *r)
{
	if (r->is_locked) {
		const struct telling t = { .is_gone = true };
		struct occupant *o;
		size_t at = 0;

		while ((o = map_next(&r->occupants, &at)))
			enter_out(d, r, o, &t);
	}
	return dispatch_result(d);
}

static enum verdict take_form(struct dispatch *d, struct room *r, const struct xml *form)
{
	struct room_config next;
	struct admin_list admins, owners;
	struct str form_type = form_type_of(form, d->arena);
	enum condition why;

	if (str_eq(xml_attr(form, STR("type")), STR("cancel")))
		return cancel(d, r);
	if (form_check(form) || !str_eq(xml_attr(form, STR("type")), STR("submit")) ||
	    (str_is_set(form_type) && !str_eq(form_type, NS_MUC_ROOMCONFIG)))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (!admin_list_read(d, form, ROOM_ADMINS, &admins, &why) ||
	    !admin_list_read(d, form, ROOM_OWNERS, &owners, &why))
		return dispatch_error(d, why);
	room_config_copy(&next, &r->config);
	if (!read_form(d, form, &next)) {
		room_config_done(&next);
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	}
	adopt(d, r, &next);
	admin_list_apply(d, r, AFFILIATION_OWNER, &owners);
	admin_list_apply(d, r, AFFILIATION_ADMIN, &admins);
	return dispatch_result(d);
}

/* ---- the end (10.9) ---- */

static enum verdict destroy(struct dispatch *d, struct room *r, const struct xml *wish)
{
	struct xml *el = xml_new(d->arena, NS_MUC_USER, STR("destroy"));
	struct str reason = xml_child_text(wish, NS_MUC_OWNER, STR("reason"), d->arena);
	struct telling t = { .is_gone = true, .destroy = el, .affiliation = STR("none") };
	struct str jid = xml_attr(wish, STR("jid"));
	struct occupant *o;
	size_t at = 0;

	if (reason.len > ROOM_REASON_MAX || jid.len > 3 * JID_PART_MAX)
		return dispatch_error(d, COND_POLICY_VIOLATION);
	if (jid.ptr)
		xml_set(d->arena, el, STR("jid"), jid);
	if (reason.len)
		(void)xml_add_text_el(d->arena, el, NS_MUC_USER, STR("reason"), reason);
	while ((o = map_next(&r->occupants, &at)))
		enter_end(d, r, o, &t);
	if (r->exists)
		ending_begin(d, r);
	return dispatch_result(d);
}

static enum verdict on_set(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct xml *query = stanza_payload(&d->stanza);
	const struct xml *wish = xml_child(query, NS_MUC_OWNER, STR("destroy"));
	const struct xml *form = xml_child(query, NS_DATA, STR("x"));

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (!is_owner(d, r))
		return dispatch_error(d, COND_FORBIDDEN);
	if (wish)
		return destroy(d, r, wish);
	return form ? take_form(d, r, form) : dispatch_error(d, COND_BAD_REQUEST);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/muc#owner"), STR_INIT("query"), IQ_GET, TARGET_OTHER,
	  on_get },
	{ STR_INIT("http://jabber.org/protocol/muc#owner"), STR_INIT("query"), IQ_SET, TARGET_OTHER,
	  on_set },
	{ .run = NULL },
};

const struct feature room_owner_feature = {
	.name = "room_owner",
	.spec = "XEP-0045 1.35.5",
	.test = "rooms/owner.talk, rooms/destroy.talk",
	.iq = iq,
};
