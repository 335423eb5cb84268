/* SPDX-License-Identifier: Apache-2.0 */
/* Entity time (XEP-0202): the server lives in UTC. */
#include "server/feature/time.h"

#include "xmpp/datetime.h"
#include "xmpp/ns.h"

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *time = xml_add_new(d->arena, reply, NS_TIME, STR("time"));

	(void)xml_add_text_el(d->arena, time, NS_TIME, STR("tzo"), STR("+00:00"));
	(void)xml_add_text_el(d->arena, time, NS_TIME, STR("utc"),
			      datetime_format(d->arena, wall_now()));
	return dispatch_reply(d, reply);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:time"), STR_INIT("time"), IQ_GET, TARGET_DOMAIN | TARGET_SERVER,
	  on_get },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("urn:xmpp:time"), { .ptr = NULL } };

const struct feature feature_time = {
	.name = "time",
	.spec = "XEP-0202 2.0",
	.test = "im/version-time-last.talk",
	.disco_domain = vars,
	.iq = iq,
};
