/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery payloads, see disco.h. */
#include "xep/disco.h"

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
