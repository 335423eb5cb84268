/* SPDX-License-Identifier: Apache-2.0 */
/* Contact addresses (XEP-0157): a form in the server's disco#info, from the configuration. */
#include "server/feature/contact.h"

#include "xep/form.h"

static const struct {
	const char *key;
	struct str var;
} kinds[] = {
	{ "contact.abuse", STR_INIT("abuse-addresses") },
	{ "contact.admin", STR_INIT("admin-addresses") },
	{ "contact.feedback", STR_INIT("feedback-addresses") },
	{ "contact.sales", STR_INIT("sales-addresses") },
	{ "contact.security", STR_INIT("security-addresses") },
	{ "contact.status", STR_INIT("status-addresses") },
	{ "contact.support", STR_INIT("support-addresses") },
};

static void add_kind(const struct conf *conf, struct arena *a, struct xml *form, size_t kind)
{
	size_t count = conf_list_count(conf, kinds[kind].key);
	struct xml *field;

	if (!count)
		return;
	field = form_add(a, form, kinds[kind].var, STR("list-multi"), STR_NONE);
	for (size_t i = 0; i < count; i++)
		form_add_value(a, field, conf_list_at(conf, kinds[kind].key, i));
}

static void disco_extend(const struct home *h, struct arena *a, struct xml *query)
{
	struct xml *form = form_new(a, STR("result"), STR("http://jabber.org/network/serverinfo"));

	for (size_t i = 0; i < array_len(kinds); i++)
		add_kind(h->conf, a, form, i);
	if (xml_next(xml_first(form)))
		xml_add(query, form);
}

const struct feature feature_contact = {
	.name = "contact",
	.spec = "XEP-0157 1.1.1, XEP-0128 1.0.1",
	.test = "im/contact.talk",
	.disco_extend = disco_extend,
};
