/* SPDX-License-Identifier: Apache-2.0 */
/* Personal eventing, see pep.h. On the entity's loop. */
#include "server/feature/pep.h"

#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "server/pep/pep_contact.h"
#include "server/pep/pep_event.h"
#include "server/pep/pep_online.h"
#include "server/pep/pep_remote.h"
#include "server/pep/pep_request.h"
#include "server/pep/pep_row.h"
#include "server/pep/pep_subscribe.h"
#include "server/route/roster_view.h"
#include "xep/disco.h"
#include "xmpp/ns.h"

#define PUBSUB STR_INIT("http://jabber.org/protocol/pubsub")
#define OWNER  STR_INIT("http://jabber.org/protocol/pubsub#owner")

/* A stranger learns of the nodes that there are, as XEP-0060 has it, and of nothing else, not even
 * that there is an account: what names no such node looks as if there were none. */
static bool is_hidden(const struct dispatch *d, const struct xml *el)
{
	struct str name = el ? xml_attr(el, STR("node")) : STR_NONE;

	return d->target == TARGET_OTHER && !roster_may_see(d->entity, d->stanza.from) &&
	       !(name.len && pep_node_find(d->entity->pep, name)) &&
	       !(!name.len && pep_has_standing(d->entity->pep, d->stanza.from));
}

static enum verdict on_request(struct dispatch *d)
{
	if (is_hidden(d, xml_first(stanza_payload(&d->stanza))))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	return pep_on_request(d);
}

#define ALL (TARGET_SELF | TARGET_OTHER | TARGET_STRANGER)

static const struct iq_handler iq[] = {
	{ PUBSUB, STR_INIT("pubsub"), IQ_GET, ALL, on_request },
	{ PUBSUB, STR_INIT("pubsub"), IQ_SET, ALL, on_request },
	{ OWNER, STR_INIT("pubsub"), IQ_GET, ALL, on_request },
	{ OWNER, STR_INIT("pubsub"), IQ_SET, ALL, on_request },
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
	if (d->stanza.type == PRESENCE_PROBE)
		pep_contact_probed(d);
	if (d->stanza.type == PRESENCE_SUBSCRIBE) /* may have been approved before */
		pep_contact_befriended(d, d->stanza.from);
	pep_contact_heard(d);
	return PASS;
}

/* Before feature/presence: a resource that is not available yet becomes it. */
static enum verdict on_presence_out(struct dispatch *d)
{
	if (d->stanza.type == PRESENCE_AVAILABLE && !jid_is_set(d->stanza.to) && d->resource &&
	    !d->resource->is_available)
		pep_ask_pending(d, d->resource);
	if (d->stanza.type == PRESENCE_SUBSCRIBED)
		pep_contact_befriended(d, d->stanza.to);
	return PASS;
}

static enum verdict on_answer(struct dispatch *d)
{
	return pep_contact_answered(d) ? DONE : PASS;
}

static void on_unload(struct entity *e)
{
	pep_unload(e);
	/* Who is there stays there while the state is read again; who has no client loses it all.
	 */
	if (!e->is_reloading || !e->resources.count)
		pep_remotes_free(&e->pep_remotes);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_STAMP, on_message_in },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_GUARD, on_message_out },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STAMP, on_presence_in },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STAMP, on_presence_out },
	{ .run = NULL },
};

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
	FEATURE("leased-subscription"),
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
	FEATURE("publish-only-affiliation"),
	FEATURE("publish-options"),
	FEATURE("publisher-affiliation"),
	FEATURE("pubsub-on-a-jid"),
	FEATURE("purge-nodes"),
	FEATURE("retract-items"),
	FEATURE("retrieve-affiliations"),
	FEATURE("retrieve-default"),
	FEATURE("retrieve-default-sub"),
	FEATURE("retrieve-items"),
	FEATURE("retrieve-subscriptions"),
	FEATURE("rsm"),
	FEATURE("subscribe"),
	FEATURE("subscription-notifications"),
	FEATURE("subscription-options"),
	{ .ptr = NULL },
};

/* Clients that never ask their own account (profanity 0.13) look for it here, else they publish
 * without options, and their keys are for contacts only. */
static const struct str disco_domain[] = { FEATURE("publish-options"), { .ptr = NULL } };

const struct feature feature_pep = {
	.name = "pep",
	.spec = "XEP-0163 1.2.2, XEP-0060 1.30.0",
	.test = "pep/publish.talk, pep/items.talk, pep/notify.talk, pep/access.talk, pep/nodes.talk, pep/subscribe.talk, pep/omemo.talk, pep/new-contact.talk, pep/remote.talk",
	.disco_domain = disco_domain,
	.disco_account = disco,
	.disco_identify_account = disco_identify_account,
	.iq = iq,
	.hooks = hooks,
	.conf = &pep_conf,
	.spaces = pep_spaces,
	.on_load = pep_load,
	.on_unload = on_unload,
	.on_answer = on_answer,
};
