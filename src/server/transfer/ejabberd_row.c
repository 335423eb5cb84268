/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of ejabberd's tables, see ejabberd_row.h. The fields are those that the dump itself names
 * (23.01; passwd also as 24 and later have it). */
#include "server/transfer/ejabberd_row.h"

#include "codec/base64.h"
#include "xep/form.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"

#define NS_PRIVACY      STR("jabber:iq:privacy")
#define NS_PUBSUB       STR("http://jabber.org/protocol/pubsub")
#define NS_PUBSUB_OWNER STR("http://jabber.org/protocol/pubsub#owner")
#define NODE_CONFIG     STR("http://jabber.org/protocol/pubsub#node_config")

static const struct {
	struct str name;
	size_t fields; /* at least, with the name */
} tables[EJABBERD_TABLES] = {
	[EJABBERD_PASSWD] = { STR_INIT("passwd"), 3 },
	[EJABBERD_ROSTER] = { STR_INIT("roster"), 8 },
	[EJABBERD_VCARD] = { STR_INIT("vcard"), 3 },
	[EJABBERD_PRIVATE] = { STR_INIT("private_storage"), 3 },
	[EJABBERD_PRIVACY] = { STR_INIT("privacy"), 4 },
	[EJABBERD_PREFS] = { STR_INIT("archive_prefs"), 5 },
	[EJABBERD_NODE] = { STR_INIT("pubsub_node"), 7 },
	[EJABBERD_ITEM] = { STR_INIT("pubsub_item"), 6 },
	[EJABBERD_OFFLINE] = { STR_INIT("offline_msg"), 7 },
	[EJABBERD_ARCHIVE] = { STR_INIT("archive_msg"), 9 },
};

/* ---- the index ---- */

bool ejabberd_is_wanted(struct str text)
{
	struct str name = str_from_at(text, 1);

	for (size_t i = 0; i < EJABBERD_TABLES; i++) {
		if (str_starts(text, STR("{")) && str_starts(name, tables[i].name) &&
		    str_starts(str_from_at(name, tables[i].name.len), STR(",")))
			return true;
	}
	return str_starts(text, STR("{tables,"));
}

/* {1795,325641,528326}: millions of seconds, seconds, microseconds. */
static usec_t time_of(const struct term *t)
{
	const struct term *part = term_at(t, 0);
	int64_t n[3] = { 0 };

	for (size_t i = 0; i < array_len(n) && part; i++, part = part->next) {
		if (part->type != TERM_INT || part->number < 0 || part->number > 999999)
			return 0;
		n[i] = part->number;
	}
	return n[0] > 200000 ? 0 : (n[0] * 1000000 + n[1]) * USEC_PER_SEC + n[2];
}

static void look_at_node(const struct term *t, struct ejabberd_row *row)
{
	const struct term *id = term_at(t, 1), *number = term_at(t, 2);

	row->user = term_bytes(term_at(term_at(id, 0), 0));
	row->host = term_bytes(term_at(term_at(id, 0), 1));
	row->node_name = term_bytes(term_at(id, 1));
	row->node = number->type == TERM_INT ? number->number : -1;
}

static void look_at_item(const struct term *t, struct ejabberd_row *row)
{
	const struct term *number = term_at(t, 2);

	row->node = number->type == TERM_INT ? number->number : -1;
	row->wall = time_of(term_at(term_at(t, 4), 0));
}

bool ejabberd_look(const struct term *t, struct ejabberd_row *ret_row)
{
	size_t i = 0;

	while (i < EJABBERD_TABLES && !term_is_record(t, tables[i].name, tables[i].fields))
		i++;
	if (i == EJABBERD_TABLES)
		return false;
	*ret_row = (struct ejabberd_row){ .table = (enum ejabberd_table)i };
	if (i == EJABBERD_NODE) {
		look_at_node(t, ret_row);
		return ret_row->user.len > 0;
	}
	if (i == EJABBERD_ITEM) {
		look_at_item(t, ret_row);
		return true;
	}
	ret_row->user = term_bytes(term_at(term_at(t, i == EJABBERD_ROSTER ? 2 : 1), 0));
	ret_row->host = term_bytes(term_at(term_at(t, i == EJABBERD_ROSTER ? 2 : 1), 1));
	if (i == EJABBERD_OFFLINE)
		ret_row->wall = time_of(term_at(t, 2));
	else if (i == EJABBERD_ARCHIVE)
		ret_row->wall = time_of(term_at(t, 3));
	return ret_row->user.len > 0;
}

/* ---- elements and addresses ---- */

static void set_attrs(struct arena *a, struct xml *el, const struct term *attrs)
{
	for (const struct term *attr = term_at(attrs, 0); attr; attr = attr->next) {
		struct str name = term_bytes(term_at(attr, 0)),
			   value = term_bytes(term_at(attr, 1));

		if (!value.ptr || str_eq(name, STR("xmlns")) || str_starts(name, STR("xmlns:")))
			continue;
		if (str_eq(name, STR("xml:lang")))
			xml_set_ns(a, el, XML_NS_XML, STR("lang"), value);
		else
			xml_set(a, el, name, value);
	}
}

static struct str namespace_of(const struct term *attrs, struct str outer_ns)
{
	for (const struct term *attr = term_at(attrs, 0); attr; attr = attr->next) {
		if (str_eq(term_bytes(term_at(attr, 0)), STR("xmlns")))
			return term_bytes(term_at(attr, 1));
	}
	return outer_ns;
}

/* {xmlel,Name,Attrs,Children}; NULL if t is none. At most ERLANG_DEPTH_MAX deep. */
static struct xml *build(struct arena *a, const struct term *t, struct str outer_ns)
{
	struct str name = term_bytes(term_at(t, 1));
	struct xml *el;

	if (!term_is_record(t, STR("xmlel"), 4) || !name.len)
		return NULL;
	el = xml_new(a, namespace_of(term_at(t, 2), outer_ns), name);
	set_attrs(a, el, term_at(t, 2));
	for (const struct term *child = term_at(term_at(t, 3), 0); child; child = child->next) {
		struct xml *inner;

		if (term_is_record(child, STR("xmlcdata"), 2)) {
			if (term_bytes(term_at(child, 1)).len)
				xml_add_text(a, el, term_bytes(term_at(child, 1)));
			continue;
		}
		inner = build(a, child, el->ns);
		if (!inner)
			return NULL;
		xml_add(el, inner);
	}
	return el;
}

/* {User,Host,Resource} */
static struct str address(struct arena *a, const struct term *t)
{
	struct str user = term_bytes(term_at(t, 0)), host = term_bytes(term_at(t, 1)),
		   resource = term_bytes(term_at(t, 2));

	return ARENA_JOIN(a, user, user.len ? STR("@") : STR(""), host,
			  resource.len ? STR("/") : STR(""), resource);
}

/* ---- credentials ---- */

struct str ejabberd_password(const struct term *t)
{
	return term_bytes(term_at(t, 2));
}

static bool decode(struct arena *a, const struct term *t, struct str *ret)
{
	struct str text = term_bytes(t);

	return text.len && base64_decode(a, text, ret) == OK;
}

/* {scram,StoredKey,ServerKey,Salt,Iterations}, since 20.12 with the hash in front of the last. */
static enum err take_passwd(struct foreign *f, const struct term *t)
{
	const struct term *scram = term_at(t, 2);
	const struct term *count =
		scram && scram->count == 6 ? term_at(scram, 5) : term_at(scram, 4);
	struct foreign_scram made = { .iterations = 0 };

	if (ejabberd_password(t).ptr)
		return OK; /* begin had it */
	if (!term_is_record(scram, STR("scram"), 5) || !count || count->type != TERM_INT ||
	    count->number < 1 || count->number > UINT32_MAX ||
	    !decode(&f->arena, term_at(scram, 1), &made.stored_key) ||
	    !decode(&f->arena, term_at(scram, 2), &made.server_key) ||
	    !decode(&f->arena, term_at(scram, 3), &made.salt)) {
		foreign_leave_out(f, PIECE_SCRAM, "not well formed");
		return OK;
	}
	made.iterations = (double)count->number;
	return foreign_take_scram(f, &made);
}

/* ---- roster ---- */

static bool is_one_of(const struct term *t, struct str one, struct str other)
{
	return term_is_atom(t, one) || term_is_atom(t, other);
}

static enum err take_roster(struct foreign *f, const struct term *t)
{
	const struct term *subscription = term_at(t, 5), *ask = term_at(t, 6);
	struct str jid = address(&f->arena, term_at(t, 3));
	bool is_request = is_one_of(ask, STR("in"), STR("both"));
	struct xml *el;
	enum err err = OK;

	if (is_request)
		err = foreign_take_request(f, jid);
	/* What only asks is in no roster that anybody sees. */
	if (err || (term_is_atom(subscription, STR("none")) && term_is_atom(ask, STR("in"))))
		return err;
	el = foreign_contact(f, jid, term_bytes(term_at(t, 4)),
			     subscription->type == TERM_ATOM ? subscription->bytes : STR("?"),
			     is_one_of(ask, STR("out"), STR("both")) ||
				     term_is_atom(ask, STR("subscribe")));
	for (const struct term *group = term_at(term_at(t, 7), 0); group; group = group->next) {
		if (term_bytes(group).len)
			(void)xml_add_text_el(&f->arena, el, NS_ROSTER, STR("group"),
					      term_bytes(group));
	}
	return foreign_take(f, PIECE_CONTACT, STR_NONE, el);
}

/* ---- privacy lists ---- */

/* {listitem,Type,Value,Action,Order,All,Iq,Message,PresenceIn,PresenceOut} */
static void add_rule(struct arena *a, struct xml *list, const struct term *t)
{
	struct xml *item = xml_add_new(a, list, NS_PRIVACY, STR("item"));
	const struct term *type = term_at(t, 1), *value = term_at(t, 2), *action = term_at(t, 3);

	if (type && type->type == TERM_ATOM && !str_eq(type->bytes, STR("none")))
		xml_set(a, item, STR("type"), type->bytes);
	if (term_is_atom(type, STR("jid")))
		xml_set(a, item, STR("value"), address(a, value));
	else if (value && (value->type == TERM_ATOM || value->type == TERM_BYTES))
		xml_set(a, item, STR("value"), value->bytes);
	if (action && action->type == TERM_ATOM)
		xml_set(a, item, STR("action"), action->bytes);
	if (term_is_atom(term_at(t, 5), STR("true")))
		return;
	if (term_is_atom(term_at(t, 6), STR("true")))
		(void)xml_add_new(a, item, NS_PRIVACY, STR("iq"));
	if (term_is_atom(term_at(t, 7), STR("true")))
		(void)xml_add_new(a, item, NS_PRIVACY, STR("message"));
	if (term_is_atom(term_at(t, 8), STR("true")))
		(void)xml_add_new(a, item, NS_PRIVACY, STR("presence-in"));
	if (term_is_atom(term_at(t, 9), STR("true")))
		(void)xml_add_new(a, item, NS_PRIVACY, STR("presence-out"));
}

static enum err take_privacy(struct foreign *f, const struct term *t)
{
	struct arena *a = &f->arena;
	struct xml *query = xml_new(a, NS_PRIVACY, STR("query"));
	struct str standard = term_bytes(term_at(t, 2));

	if (standard.ptr)
		xml_set(a, xml_add_new(a, query, NS_PRIVACY, STR("default")), STR("name"),
			standard);
	for (const struct term *one = term_at(term_at(t, 3), 0); one; one = one->next) {
		struct xml *list = xml_add_new(a, query, NS_PRIVACY, STR("list"));

		xml_set(a, list, STR("name"), term_bytes(term_at(one, 0)));
		for (const struct term *rule = term_at(term_at(one, 1), 0); rule; rule = rule->next)
			add_rule(a, list, rule);
	}
	return foreign_take(f, PIECE_PRIVACY, STR_NONE, query);
}

/* ---- archive preferences ---- */

void ejabberd_add_jids(struct arena *a, struct xml *el, struct str name, const struct term *jids)
{
	struct xml *list = xml_add_new(a, el, NS_MAM, name);

	for (const struct term *jid = term_at(jids, 0); jid; jid = jid->next)
		(void)xml_add_text_el(a, list, NS_MAM, STR("jid"), address(a, jid));
}

static enum err take_prefs(struct foreign *f, const struct term *t)
{
	const struct term *standard = term_at(t, 2);
	struct xml *el = xml_new(&f->arena, NS_MAM, STR("prefs"));

	if (standard->type == TERM_ATOM)
		xml_set(&f->arena, el, STR("default"), standard->bytes);
	ejabberd_add_jids(&f->arena, el, STR("always"), term_at(t, 3));
	ejabberd_add_jids(&f->arena, el, STR("never"), term_at(t, 4));
	return foreign_take(f, PIECE_PREFS, STR_NONE, el);
}

/* ---- pubsub nodes ---- */

struct str ejabberd_option_text(struct arena *a, const struct term *t)
{
	if (term_is_atom(t, STR("true")))
		return STR("1");
	if (term_is_atom(t, STR("false")))
		return STR("0");
	return t->type == TERM_INT ? arena_printf(a, "%lld", (long long)t->number) : t->bytes;
}

static enum err take_node(struct foreign *f, const struct term *t)
{
	struct arena *a = &f->arena;
	struct xml *el = xml_new(a, NS_PUBSUB_OWNER, STR("configure"));
	struct xml *form = form_new(a, STR("submit"), NODE_CONFIG);

	xml_set(a, el, STR("node"), term_bytes(term_at(term_at(t, 1), 1)));
	for (const struct term *option = term_at(term_at(t, 6), 0); option; option = option->next) {
		const struct term *name = term_at(option, 0), *value = term_at(option, 1);
		struct xml *field;

		if (!name || !value || name->type != TERM_ATOM || value->type == TERM_TUPLE)
			continue;
		field = form_add(a, form, ARENA_JOIN(a, STR("pubsub#"), name->bytes), STR_NONE,
				 STR_NONE);
		if (value->type != TERM_LIST)
			form_add_value(a, field, ejabberd_option_text(a, value));
		for (const struct term *v = value->type == TERM_LIST ? value->first : NULL; v;
		     v = v->next)
			form_add_value(a, field, ejabberd_option_text(a, v));
	}
	xml_add(el, form);
	return foreign_take(f, PIECE_NODE, STR_NONE, el);
}

static enum err take_item(struct foreign *f, const struct term *t, struct str node)
{
	struct xml *item = xml_new(&f->arena, NS_PUBSUB, STR("item"));
	struct xml *payload = build(&f->arena, term_at(term_at(t, 5), 0), STR(""));

	xml_set(&f->arena, item, STR("id"), term_bytes(term_at(term_at(t, 1), 0)));
	if (payload)
		xml_add(item, payload);
	return foreign_take(f, PIECE_ITEM, node, item);
}

/* ---- messages ---- */

static enum err take_offline(struct foreign *f, const struct term *t)
{
	struct xml *el = build(&f->arena, term_at(t, 6), NS_CLIENT);

	if (el)
		return foreign_take_offline(f, el, time_of(term_at(t, 2)));
	foreign_leave_out(f, PIECE_OFFLINE, "not well formed");
	return OK;
}

static enum err take_archived(struct foreign *f, const struct term *t)
{
	struct xml *el = build(&f->arena, term_at(t, 6), NS_CLIENT);
	usec_t wall = time_of(term_at(t, 3));

	if (el && wall)
		return foreign_take_archived(f, el, wall);
	foreign_leave_out(f, PIECE_ARCHIVED, "not well formed");
	return OK;
}

enum err ejabberd_take(struct foreign *f, const struct term *t, enum ejabberd_table table,
		       struct str node)
{
	switch (table) {
	case EJABBERD_PASSWD:
		return take_passwd(f, t);
	case EJABBERD_ROSTER:
		return take_roster(f, t);
	case EJABBERD_VCARD:
		return foreign_take(f, PIECE_VCARD, STR_NONE,
				    build(&f->arena, term_at(t, 2), NS_VCARD));
	case EJABBERD_PRIVATE:
		return foreign_take(f, PIECE_PRIVATE, STR_NONE,
				    build(&f->arena, term_at(t, 2), STR("")));
	case EJABBERD_PRIVACY:
		return take_privacy(f, t);
	case EJABBERD_PREFS:
		return take_prefs(f, t);
	case EJABBERD_NODE:
		return take_node(f, t);
	case EJABBERD_ITEM:
		return take_item(f, t, node);
	case EJABBERD_OFFLINE:
		return take_offline(f, t);
	case EJABBERD_ARCHIVE:
		return take_archived(f, t);
	case EJABBERD_TABLES:
		break;
	}
	return ERR_UNSUPPORTED;
}
