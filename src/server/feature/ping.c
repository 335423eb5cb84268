/* SPDX-License-Identifier: Apache-2.0 */
/* Ping (XEP-0199): of a device, the device answers. */
#include "server/feature/ping.h"

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:ping"), STR_INIT("ping"), IQ_GET,
	  TARGET_DOMAIN | TARGET_SERVER | TARGET_SELF, dispatch_result },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("urn:xmpp:ping"), { .ptr = NULL } };

const struct feature feature_ping = {
	.name = "ping",
	.spec = "XEP-0199 2.0.1",
	.test = "im/ping.talk",
	.disco_domain = vars,
	.iq = iq,
};
