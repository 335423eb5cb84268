/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas (RFC 6120 8), see stanza.h. Runs on the loop that owns the arena. */
#include "xmpp/stanza.h"

#include "xmpp/ns.h"

struct type_name {
	struct str name;
	enum stanza_type type;
};

static const struct type_name message_types[] = {
	{ STR_INIT("chat"), MESSAGE_CHAT },           { STR_INIT("error"), MESSAGE_ERROR },
	{ STR_INIT("groupchat"), MESSAGE_GROUPCHAT }, { STR_INIT("headline"), MESSAGE_HEADLINE },
	{ STR_INIT("normal"), MESSAGE_NORMAL },
};

static const struct type_name presence_types[] = {
	{ STR_INIT("error"), PRESENCE_ERROR },
	{ STR_INIT("probe"), PRESENCE_PROBE },
	{ STR_INIT("subscribe"), PRESENCE_SUBSCRIBE },
	{ STR_INIT("subscribed"), PRESENCE_SUBSCRIBED },
	{ STR_INIT("unavailable"), PRESENCE_UNAVAILABLE },
	{ STR_INIT("unsubscribe"), PRESENCE_UNSUBSCRIBE },
	{ STR_INIT("unsubscribed"), PRESENCE_UNSUBSCRIBED },
};

static const struct type_name iq_types[] = {
	{ STR_INIT("error"), IQ_ERROR },
	{ STR_INIT("get"), IQ_GET },
	{ STR_INIT("result"), IQ_RESULT },
	{ STR_INIT("set"), IQ_SET },
};

/* One row for each kind: its element, its types, and what an absent or unknown type counts as. */
static const struct kind_row {
	struct str name;
	const struct type_name *types;
	size_t type_count;
	enum stanza_type fallback;
	bool is_absent_ok, is_unknown_ok;
} kinds[] = {
	[STANZA_MESSAGE] = { STR_INIT("message"), message_types, array_len(message_types),
			     MESSAGE_NORMAL, true, true },
	[STANZA_PRESENCE] = { STR_INIT("presence"), presence_types, array_len(presence_types),
			      PRESENCE_AVAILABLE, true, false },
	[STANZA_IQ] = { STR_INIT("iq"), iq_types, array_len(iq_types), IQ_GET, false, false },
};

static bool read_kind(const struct xml *el, enum stanza_kind *ret_kind)
{
	if (!str_eq(el->ns, NS_CLIENT) && !str_eq(el->ns, NS_SERVER))
		return false;
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (str_eq(el->name, kinds[i].name)) {
			*ret_kind = (enum stanza_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_type(const struct xml *el, const struct kind_row *row, enum stanza_type *ret_type)
{
	struct str type = xml_attr(el, STR("type"));

	for (size_t i = 0; i < row->type_count; i++) {
		if (str_eq(type, row->types[i].name)) {
			*ret_type = row->types[i].type;
			return true;
		}
	}
	*ret_type = row->fallback;
	return str_is_set(type) ? row->is_unknown_ok : row->is_absent_ok;
}

/* RFC 6120 8.2.3: an iq has an id, a request exactly one child, a result at most one. */
static bool is_iq_sound(const struct stanza *s)
{
	struct xml *first = xml_first(s->el);
	bool is_single = first && !xml_next(first);

	if (!str_is_set(s->id))
		return false;
	switch (s->type) {
	case IQ_GET:
	case IQ_SET:
		return is_single;
	case IQ_RESULT:
		return !first || is_single;
	default:
		return true;
	}
}

static bool read_address(struct arena *a, const struct xml *el, struct str name,
			 struct jid *ret_jid)
{
	struct str value = xml_attr(el, name);

	return !str_is_set(value) || jid_parse(a, value, ret_jid) == OK;
}

enum stanza_fault stanza_read(struct arena *a, struct xml *el, struct stanza *ret_s)
{
	struct stanza s = { .el = el };
	bool is_type_ok, is_from_ok, is_to_ok;

	if (!read_kind(el, &s.kind))
		return STANZA_NOT_A_STANZA;
	s.id = xml_attr(el, STR("id"));
	is_type_ok = read_type(el, &kinds[s.kind], &s.type);
	is_from_ok = read_address(a, el, STR("from"), &s.from);
	is_to_ok = read_address(a, el, STR("to"), &s.to);
	*ret_s = s;
	if (!is_from_ok)
		return STANZA_BAD_FROM;
	if (!is_to_ok)
		return STANZA_BAD_TO;
	if (!is_type_ok || (s.kind == STANZA_IQ && !is_iq_sound(&s)))
		return STANZA_BAD_TYPE;
	return STANZA_OK;
}

struct xml *stanza_payload(const struct stanza *s)
{
	return xml_first(s->el);
}

void stanza_set_from(struct arena *a, struct stanza *s, struct jid from)
{
	s->from = from;
	xml_set(a, s->el, STR("from"), jid_is_set(from) ? from.full : STR_NONE);
}

void stanza_set_to(struct arena *a, struct stanza *s, struct jid to)
{
	s->to = to;
	xml_set(a, s->el, STR("to"), jid_is_set(to) ? to.full : STR_NONE);
}
