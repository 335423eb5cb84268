/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, see pep_request.h: one for each first child of <pubsub/>. */
#include "server/pep/pep_request.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_items.h"
#include "server/pep/pep_options.h"
#include "server/pep/pep_owner.h"
#include "server/pep/pep_people.h"
#include "server/pep/pep_publish.h"
#include "server/pep/pep_subscribe.h"
#include "server/route/registry.h"
#include "xmpp/ns.h"

struct request {
	struct str ns, name;
	enum stanza_type type;
	enum verdict (*run)(struct dispatch *d, const struct xml *el);
};

static enum verdict on_publish(struct dispatch *d, const struct xml *publish)
{
	enum verdict v = PASS;

	if (d->target == TARGET_SELF)
		v = registry_before_publish(d, xml_attr(publish, STR("node")), publish);
	return v == PASS ? pep_on_publish(d, publish) : v;
}

#define PUBSUB STR_INIT("http://jabber.org/protocol/pubsub")
#define OWNER  STR_INIT("http://jabber.org/protocol/pubsub#owner")

static const struct request requests[] = {
	{ PUBSUB, STR_INIT("publish"), IQ_SET, on_publish },
	{ PUBSUB, STR_INIT("items"), IQ_GET, pep_on_items },
	{ PUBSUB, STR_INIT("retract"), IQ_SET, pep_on_retract },
	{ PUBSUB, STR_INIT("subscribe"), IQ_SET, pep_on_subscribe },
	{ PUBSUB, STR_INIT("unsubscribe"), IQ_SET, pep_on_unsubscribe },
	{ PUBSUB, STR_INIT("options"), IQ_GET, pep_on_options_get },
	{ PUBSUB, STR_INIT("options"), IQ_SET, pep_on_options_set },
	{ PUBSUB, STR_INIT("default"), IQ_GET, pep_on_subscribe_default },
	{ PUBSUB, STR_INIT("affiliations"), IQ_GET, pep_on_own_affiliations },
	{ PUBSUB, STR_INIT("subscriptions"), IQ_GET, pep_on_own_subscriptions },
	{ PUBSUB, STR_INIT("create"), IQ_SET, pep_on_create },
	{ OWNER, STR_INIT("configure"), IQ_GET, pep_on_configure_get },
	{ OWNER, STR_INIT("configure"), IQ_SET, pep_on_configure_set },
	{ OWNER, STR_INIT("default"), IQ_GET, pep_on_default },
	{ OWNER, STR_INIT("delete"), IQ_SET, pep_on_delete },
	{ OWNER, STR_INIT("purge"), IQ_SET, pep_on_purge },
	{ OWNER, STR_INIT("affiliations"), IQ_GET, pep_on_affiliations_get },
	{ OWNER, STR_INIT("affiliations"), IQ_SET, pep_on_affiliations_set },
	{ OWNER, STR_INIT("subscriptions"), IQ_GET, pep_on_subscriptions_get },
	{ OWNER, STR_INIT("subscriptions"), IQ_SET, pep_on_subscriptions_set },
};

enum verdict pep_on_request(struct dispatch *d)
{
	const struct xml *pubsub = stanza_payload(&d->stanza), *el = xml_first(pubsub);

	if (!el || !str_eq(el->ns, pubsub->ns))
		return dispatch_error(d, COND_BAD_REQUEST);
	for (size_t i = 0; i < array_len(requests); i++) {
		if (requests[i].type == d->stanza.type &&
		    xml_is(el, requests[i].ns, requests[i].name))
			return requests[i].run(d, el);
	}
	return dispatch_error(d, COND_BAD_REQUEST);
}
