/* SPDX-License-Identifier: Apache-2.0 */
/* Prosody's tables as elements, see prosody_stanza.h. */
#include "server/transfer/prosody_stanza.h"

#include "xep/form.h"
#include "xmpp/ns.h"

#define NS_VCARD4       STR("urn:ietf:params:xml:ns:vcard-4.0")
#define NS_PUBSUB_OWNER STR("http://jabber.org/protocol/pubsub#owner")
#define NODE_CONFIG     STR("http://jabber.org/protocol/pubsub#node_config")

/* ---- stanzas ---- */

static const struct lua *first_of(const struct lua *t)
{
	return t && t->type == LUA_TABLE ? t->first : NULL;
}

/* "name", "xml:lang", or "namespace|name" with either '|' or byte 1 between. */
static void set_attr(struct arena *a, struct xml *el, struct str key, struct str value)
{
	ptrdiff_t cut = str_index(key, '\1');

	if (cut < 0)
		cut = str_index(key, '|');
	if (str_eq(key, STR("xml:lang")))
		xml_set_ns(a, el, XML_NS_XML, STR("lang"), value);
	else if (cut > 0)
		xml_set_ns(a, el, str_sub(key, 0, (size_t)cut), str_from_at(key, (size_t)cut + 1),
			   value);
	else if (!str_eq(key, STR("xmlns")))
		xml_set(a, el, key, value);
}

/* The element alone, without what is in it; NULL if v is none. */
static struct xml *element(struct arena *a, const struct lua *v, struct str outer_ns)
{
	const struct lua *attrs = lua_get(v, STR("attr"));
	struct str name = lua_get_str(v, STR("name")), ns = lua_get_str(attrs, STR("xmlns"));
	struct xml *el;

	if (!name.len)
		return NULL;
	el = xml_new(a, ns.ptr ? ns : outer_ns, name);
	for (const struct lua *attr = first_of(attrs); attr; attr = attr->next) {
		if (attr->key && attr->key->type == LUA_STRING && attr->type == LUA_STRING)
			set_attr(a, el, attr->key->string, attr->string);
	}
	return el;
}

/* Tables are at most LUA_DEPTH_MAX deep. */
static struct xml *build(struct arena *a, const struct lua *v, struct str outer_ns)
{
	struct xml *el = element(a, v, outer_ns);

	for (const struct lua *child = el ? first_of(v) : NULL; child; child = child->next) {
		struct xml *inner;

		if (child->key)
			continue;
		if (child->type == LUA_STRING) {
			xml_add_text(a, el, child->string);
			continue;
		}
		inner = child->type == LUA_TABLE ? build(a, child, el->ns) : NULL;
		if (!inner)
			return NULL;
		xml_add(el, inner);
	}
	return el;
}

struct xml *prosody_stanza(struct arena *a, const struct lua *v, struct str ns)
{
	return v->type == LUA_TABLE ? build(a, v, ns) : NULL;
}

/* ---- nodes ---- */

static struct str value_text(struct arena *a, const struct lua *v)
{
	if (v->type == LUA_BOOL)
		return v->is_true ? STR("1") : STR("0");
	return v->type == LUA_NUMBER ? arena_printf(a, "%.0f", v->number) : v->string;
}

struct xml *prosody_node(struct arena *a, const struct lua *v)
{
	struct xml *el = xml_new(a, NS_PUBSUB_OWNER, STR("configure"));
	struct xml *form = form_new(a, STR("submit"), NODE_CONFIG);
	const struct lua *config = lua_get(v, STR("config"));

	xml_set(a, el, STR("node"), v->key->string);
	for (const struct lua *option = first_of(config); option; option = option->next) {
		struct str name = option->key ? lua_str(option->key) : STR_NONE;

		if (!name.len || option->type == LUA_TABLE || option->type == LUA_NIL)
			continue;
		if (!str_starts(name, STR("pubsub#")))
			name = ARENA_JOIN(a, STR("pubsub#"), name);
		form_add_field(a, form, name, STR_NONE, value_text(a, option));
	}
	xml_add(el, form);
	return el;
}

/* ---- cards ---- */

static const struct {
	struct str from, to;
} fields[] = {
	{ STR_INIT("fn"), STR_INIT("FN") },       { STR_INIT("nickname"), STR_INIT("NICKNAME") },
	{ STR_INIT("url"), STR_INIT("URL") },     { STR_INIT("bday"), STR_INIT("BDAY") },
	{ STR_INIT("title"), STR_INIT("TITLE") }, { STR_INIT("role"), STR_INIT("ROLE") },
	{ STR_INIT("note"), STR_INIT("DESC") },
};

struct xml *prosody_card(struct arena *a, const struct xml *payload)
{
	struct xml *card;

	if (!xml_is(payload, NS_VCARD4, STR("vcard")))
		return NULL;
	card = xml_new(a, NS_VCARD, STR("vCard"));
	for (size_t i = 0; i < array_len(fields); i++) {
		const struct xml *field = xml_child(payload, NS_VCARD4, fields[i].from);
		const struct xml *value = field ? xml_first(field) : NULL;

		if (value)
			(void)xml_add_text_el(a, card, NS_VCARD, fields[i].to, xml_text(value, a));
	}
	return card;
}
