/* SPDX-License-Identifier: Apache-2.0 */
/* Software version (XEP-0092). The system below is not told: it helps only attackers. */
#include "server/feature/version.h"

#include "xmpp/ns.h"

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *query = xml_add_new(d->arena, reply, NS_VERSION, STR("query"));

	(void)xml_add_text_el(d->arena, query, NS_VERSION, STR("name"), STR("Parley"));
	(void)xml_add_text_el(d->arena, query, NS_VERSION, STR("version"), STR(PARLEY_VERSION));
	return dispatch_reply(d, reply);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("jabber:iq:version"), STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SERVER,
	  on_get },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("jabber:iq:version"), { .ptr = NULL } };

const struct feature feature_version = {
	.name = "version",
	.spec = "XEP-0092 1.1",
	.test = "im/version-time-last.talk",
	.disco_domain = vars,
	.iq = iq,
};
