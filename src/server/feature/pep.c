/* SPDX-License-Identifier: Apache-2.0 */
/* Personal eventing, see pep.h. On the entity's loop. */
#include "server/feature/pep.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_items.h"
#include "server/pep/pep_online.h"
#include "server/pep/pep_owner.h"
#include "server/pep/pep_people.h"
#include "server/pep/pep_publish.h"
#include "server/pep/pep_subscribe.h"
#include "server/route/registry.h"
#include "xep/disco.h"
#include "xmpp/ns.h"

/* ---- requests: one for each first child of <pubsub/> ---- */

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

/* What XEP-0060 has and we have not says so by its name. */
static const struct {
	struct str name;
	const char *feature;
} missing[] = {
	{ STR_INIT("options"), "subscription-options" },
	{ STR_INIT("default"), "retrieve-default-sub" },
};

static enum verdict on_pubsub(struct dispatch *d)
{
	const struct xml *pubsub = stanza_payload(&d->stanza), *el = xml_first(pubsub);

	if (!el || !str_eq(el->ns, pubsub->ns))
		return dispatch_error(d, COND_BAD_REQUEST);
	for (size_t i = 0; i < array_len(requests); i++) {
		if (requests[i].type == d->stanza.type &&
		    xml_is(el, requests[i].ns, requests[i].name))
			return requests[i].run(d, el);
	}
	for (size_t i = 0; i < array_len(missing); i++) {
		if (xml_is(el, NS_PUBSUB, missing[i].name))
			return pep_unsupported(d, missing[i].feature);
	}
	return dispatch_error(d, COND_BAD_REQUEST);
}

static const struct iq_handler iq[] = {
	{ PUBSUB, STR_INIT("pubsub"), IQ_GET, TARGET_SELF | TARGET_OTHER, on_pubsub },
	{ PUBSUB, STR_INIT("pubsub"), IQ_SET, TARGET_SELF | TARGET_OTHER, on_pubsub },
	{ OWNER, STR_INIT("pubsub"), IQ_GET, TARGET_SELF | TARGET_OTHER, on_pubsub },
	{ OWNER, STR_INIT("pubsub"), IQ_SET, TARGET_SELF | TARGET_OTHER, on_pubsub },
	{ .run = NULL },
};

/* ---- hooks ---- */

static enum verdict on_message_in(struct dispatch *d)
{
	return pep_deliver_marked(d) ? DONE : PASS;
}

static enum verdict on_message_out(struct dispatch *d)
{
	return pep_take_approval(d) ? DONE : PASS;
}

static enum verdict on_presence_in(struct dispatch *d)
{
	enum verdict v;

	if (d->stanza.type == PRESENCE_SUBSCRIBED)
		pep_sees(d, d->stanza.from);
	if (d->stanza.type == PRESENCE_PROBE && pep_take_want(d, &v))
		return v;
	return PASS;
}

/* Before feature/presence: a resource that is not available yet becomes it. */
static enum verdict on_presence_out(struct dispatch *d)
{
	if (d->stanza.type == PRESENCE_AVAILABLE && !jid_is_set(d->stanza.to) && d->resource &&
	    !d->resource->is_available)
		pep_ask_pending(d, d->resource);
	return PASS;
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_STAMP, on_message_in },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_GUARD, on_message_out },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STAMP, on_presence_in },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STAMP, on_presence_out },
	{ .run = NULL },
};

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->pep = pep_new();
	for (; rows; rows = rows->next) {
		if ((str_eq(rows->space, PEP_NODE_SPACE) || str_eq(rows->space, PEP_ITEM_SPACE)) &&
		    pep_decode(e->pep, rows->space, rows->key, rows->value))
			log_error(&e->log, "a node or an item in the store cannot be read",
				  F_STR("key", rows->key));
	}
	pep_decoded(e->pep);
}

static void on_unload(struct entity *e)
{
	pep_free(&e->pep);
}

/* Nodes first: items belong to one. */
static const struct str spaces[] = { STR_INIT("pep-node"), STR_INIT("pep-item"), { .ptr = NULL } };

/* ---- discovery: XEP-0060 10 ---- */

static void disco_identify_account(struct arena *a, struct xml *query)
{
	disco_add_identity(a, query, STR("pubsub"), STR("pep"), STR_NONE);
}

#define FEATURE(name) STR_INIT("http://jabber.org/protocol/pubsub#" name)

static const struct str disco[] = {
	PUBSUB,
	FEATURE("access-authorize"),
	FEATURE("access-open"),
	FEATURE("access-presence"),
	FEATURE("access-roster"),
	FEATURE("access-whitelist"),
	FEATURE("auto-create"),
	FEATURE("auto-subscribe"),
	FEATURE("config-node"),
	FEATURE("config-node-max"),
	FEATURE("create-and-configure"),
	FEATURE("create-nodes"),
	FEATURE("delete-items"),
	FEATURE("delete-nodes"),
	FEATURE("filtered-notifications"),
	FEATURE("instant-nodes"),
	FEATURE("item-ids"),
	FEATURE("last-published"),
	FEATURE("manage-subscriptions"),
	FEATURE("member-affiliation"),
	FEATURE("meta-data"),
	FEATURE("modify-affiliations"),
	FEATURE("multi-items"),
	FEATURE("outcast-affiliation"),
	FEATURE("persistent-items"),
	FEATURE("presence-subscribe"),
	FEATURE("publish"),
	FEATURE("publish-node-full"),
	FEATURE("publish-options"),
	FEATURE("publisher-affiliation"),
	FEATURE("pubsub-on-a-jid"),
	FEATURE("purge-nodes"),
	FEATURE("retract-items"),
	FEATURE("retrieve-affiliations"),
	FEATURE("retrieve-default"),
	FEATURE("retrieve-items"),
	FEATURE("retrieve-subscriptions"),
	FEATURE("rsm"),
	FEATURE("subscribe"),
	FEATURE("subscription-notifications"),
	{ .ptr = NULL },
};

/* Clients that never ask their own account (profanity 0.13) look for it here, else they publish
 * without options, and their keys are for contacts only. */
static const struct str disco_domain[] = { FEATURE("publish-options"), { .ptr = NULL } };

const struct feature feature_pep = {
	.name = "pep",
	.spec = "XEP-0163 1.2.2, XEP-0060 1.30.0",
	.test = "pep/publish.talk, pep/items.talk, pep/notify.talk, pep/access.talk, pep/nodes.talk, pep/subscribe.talk, pep/omemo.talk, pep/new-contact.talk",
	.disco_domain = disco_domain,
	.disco_account = disco,
	.disco_identify_account = disco_identify_account,
	.iq = iq,
	.hooks = hooks,
	.conf = &pep_conf,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
};
