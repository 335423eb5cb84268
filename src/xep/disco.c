/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery payloads, see disco.h. */
#include "xep/disco.h"

#include "xep/form.h"
#include "xmpp/ns.h"

static struct xml *query_new(struct arena *a, struct str ns, struct str node)
{
	struct xml *query = xml_new(a, ns, STR("query"));

	if (str_is_set(node))
		xml_set(a, query, STR("node"), node);
	return query;
}

struct xml *disco_info_new(struct arena *a, struct str node)
{
	return query_new(a, NS_DISCO_INFO, node);
}

struct xml *disco_items_new(struct arena *a, struct str node)
{
	return query_new(a, NS_DISCO_ITEMS, node);
}

void disco_add_identity(struct arena *a, struct xml *query, struct str category, struct str type,
			struct str name)
{
	struct xml *identity = xml_add_new(a, query, NS_DISCO_INFO, STR("identity"));

	xml_set(a, identity, STR("category"), category);
	xml_set(a, identity, STR("type"), type);
	if (str_is_set(name))
		xml_set(a, identity, STR("name"), name);
}

bool disco_has_feature(const struct xml *query, struct str var)
{
	if (!query)
		return false;
	xml_each (child, query) {
		if (xml_is(child, NS_DISCO_INFO, STR("feature")) &&
		    str_eq(xml_attr(child, STR("var")), var))
			return true;
	}
	return false;
}

void disco_add_feature(struct arena *a, struct xml *query, struct str var)
{
	if (disco_has_feature(query, var))
		return;
	xml_set(a, xml_add_new(a, query, NS_DISCO_INFO, STR("feature")), STR("var"), var);
}

void disco_add_command(struct arena *a, struct xml *query, struct str name, bool is_list)
{
	disco_add_identity(a, query, STR("automation"),
			   is_list ? STR("command-list") : STR("command-node"), name);
	disco_add_feature(a, query, NS_COMMANDS);
	disco_add_feature(a, query, NS_DATA);
}

static bool is_same_identity(const struct xml *x, const struct xml *y)
{
	return str_eq(xml_attr(x, STR("category")), xml_attr(y, STR("category"))) &&
	       str_eq(xml_attr(x, STR("type")), xml_attr(y, STR("type"))) &&
	       str_eq(xml_attr(x, STR("name")), xml_attr(y, STR("name"))) &&
	       str_eq(xml_attr_ns(x, XML_NS_XML, STR("lang")),
		      xml_attr_ns(y, XML_NS_XML, STR("lang")));
}

static bool has_identity(const struct xml *query, const struct xml *identity)
{
	xml_each (child, query) {
		if (xml_is(child, NS_DISCO_INFO, STR("identity")) &&
		    is_same_identity(child, identity))
			return true;
	}
	return false;
}

static bool has_form(const struct xml *query, struct str type, struct arena *a)
{
	xml_each (child, query) {
		if (xml_is(child, NS_DATA, STR("x")) && str_eq(form_type_of(child, a), type))
			return true;
	}
	return false;
}

/* Whether query lacks what child says, and child says anything. */
static bool is_new(struct arena *a, const struct xml *query, const struct xml *child)
{
	struct str type;

	if (xml_is(child, NS_DISCO_INFO, STR("feature")))
		return xml_attr(child, STR("var")).len &&
		       !disco_has_feature(query, xml_attr(child, STR("var")));
	if (xml_is(child, NS_DISCO_INFO, STR("identity")))
		return xml_attr(child, STR("category")).len && xml_attr(child, STR("type")).len &&
		       !has_identity(query, child);
	if (!xml_is(child, NS_DATA, STR("x")))
		return false;
	type = form_type_of(child, a);
	return type.len && !has_form(query, type, a);
}

void disco_merge(struct arena *a, struct xml *query, const struct xml *other)
{
	xml_each (child, other) {
		if (is_new(a, query, child))
			xml_add(query, xml_copy(a, child));
	}
}

void disco_add_item(struct arena *a, struct xml *query, struct str jid, struct str name,
		    struct str node)
{
	struct xml *item = xml_add_new(a, query, NS_DISCO_ITEMS, STR("item"));

	xml_set(a, item, STR("jid"), jid);
	if (str_is_set(name))
		xml_set(a, item, STR("name"), name);
	if (str_is_set(node))
		xml_set(a, item, STR("node"), node);
}
