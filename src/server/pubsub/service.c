/* SPDX-License-Identifier: Apache-2.0 */
/* The service, see service.h. */
#include "server/pubsub/service.h"

#include "server/pep/pep_request.h"
#include "server/pep/pep_row.h"
#include "server/pep/pep_service.h"
#include "server/pep/pep_subscribe.h"
#include "xmpp/ns.h"

#define PUBSUB STR_INIT("http://jabber.org/protocol/pubsub")
#define OWNER  STR_INIT("http://jabber.org/protocol/pubsub#owner")

static const struct iq_handler iq[] = {
	{ PUBSUB, STR_INIT("pubsub"), IQ_GET, TARGET_SERVER, pep_on_request },
	{ PUBSUB, STR_INIT("pubsub"), IQ_SET, TARGET_SERVER, pep_on_request },
	{ OWNER, STR_INIT("pubsub"), IQ_GET, TARGET_SERVER, pep_on_request },
	{ OWNER, STR_INIT("pubsub"), IQ_SET, TARGET_SERVER, pep_on_request },
	{ STR_INIT("urn:xmpp:ping"), STR_INIT("ping"), IQ_GET, TARGET_SERVER, dispatch_result },
	{ .run = NULL },
};

/* An owner's answer (8.6); there is nothing that we could do with others. */
static enum verdict on_message(struct dispatch *d)
{
	return pep_take_approval(d) ? DONE : PASS;
}

/* Addresses below the service are nobody's. */
static enum verdict on_message_below(struct dispatch *d)
{
	return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_SERVER, PHASE_DELIVER, on_message },
	{ STANZA_MESSAGE, WAY_IN, PHASE_DELIVER, on_message_below },
	{ .run = NULL },
};

const struct feature pubsub_service_feature = {
	.name = "pubsub_service",
	.spec = "XEP-0060 1.30.0, XEP-0503 0.3.0",
	.test = "pubsub/nodes.talk, pubsub/publish.talk, pubsub/people.talk, pubsub/options.talk, pubsub/spaces.talk",
	.iq = iq,
	.hooks = hooks,
	.conf = &pep_service_conf,
	.spaces = pep_spaces,
	.on_load = pep_load,
	.on_unload = pep_unload,
};
