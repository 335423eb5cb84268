/* SPDX-License-Identifier: Apache-2.0 */
/* Service outage status, see outage.h: a form in the server's disco#info, from the configuration.
 * The file itself lies on another machine, or it would be away together with the server
 * (docs/operations.md has its form). */
#include "server/feature/outage.h"

#include "server/route/feature.h"
#include "xep/form.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "outage.status", CONF_LIST, "[ ]", 0, 0,
	  "https: addresses of a file that tells of outages, on another machine (XEP-0455)." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Outages", .keys = keys };

static void disco_extend(const struct home *h, struct arena *a, struct xml *query)
{
	size_t count = conf_list_count(h->conf, "outage.status");
	struct xml *form, *field;

	if (!count)
		return;
	form = form_new(a, STR("result"), NS_OUTAGE);
	field = form_add(a, form, STR("external-status-addresses"), STR("list-multi"), STR_NONE);
	for (size_t i = 0; i < count; i++)
		form_add_value(a, field, conf_list_at(h->conf, "outage.status", i));
	xml_add(query, form);
}

const struct feature feature_outage = {
	.name = "outage",
	.spec = "XEP-0455 0.4.0",
	.test = "im/outage.talk",
	.conf = &table,
	.disco_extend = disco_extend,
};
