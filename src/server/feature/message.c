/* SPDX-License-Identifier: Apache-2.0 */
/* Messages (RFC 6121 5 and 8.5.2, 8.5.3): where they go. What is stored was decided before (feature/archive). */
#include "server/feature/message.h"

#include "xmpp/ns.h"

/* ---- out ---- */

static enum verdict on_out(struct dispatch *d)
{
	if (!jid_is_set(d->stanza.to)) /* RFC 6120 10.3.1: to oneself */
		stanza_set_to(d->arena, &d->stanza, d->entity->jid);
	if (d->is_stored && str_eq(d->stanza.to.domain, d->home->domain))
		d->has_propose = true;
	else
		dispatch_route(d, d->stanza.el);
	return PASS;
}

/* ---- in ---- */

static bool takes(const struct resource *r)
{
	return r->is_available && r->priority >= 0;
}

/* 8.5.2.1.1: to all available resources that are not of negative priority. */
static bool deliver_to_all(struct dispatch *d)
{
	struct bytes *bytes = NULL;

	resource_each(r, d->entity) {
		if (!takes(r))
			continue;
		if (!bytes)
			bytes = dispatch_bytes(d, d->stanza.el);
		dispatch_deliver_bytes(d, r, bytes);
	}
	(void)bytes_unref(bytes);
	return bytes != NULL;
}

/* Nobody takes it now: 8.5.2.2.1 and 8.5.3.2.1. */
static enum verdict not_taken(struct dispatch *d)
{
	switch (d->stanza.type) {
	case MESSAGE_HEADLINE:
	case MESSAGE_ERROR:
		return PASS;
	case MESSAGE_GROUPCHAT:
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	default:
		break;
	}
	if (d->is_stored)
		return PASS; /* it waits in the archive */
	/* Chat states and the like mean nothing to somebody who is not there. */
	return xml_child(d->stanza.el, NS_CLIENT, STR("body")) ? dispatch_error(d, COND_SERVICE_UNAVAILABLE) : PASS;
}

static enum verdict to_bare(struct dispatch *d)
{
	if (d->stanza.type == MESSAGE_GROUPCHAT)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (d->stanza.type == MESSAGE_ERROR)
		return PASS;
	return deliver_to_all(d) ? PASS : not_taken(d);
}

static enum verdict on_in(struct dispatch *d)
{
	struct resource *r;

	if (!jid_is_full(d->stanza.to))
		return to_bare(d);
	r = resource_by_name(d->entity, d->stanza.to.resource);
	if (r) {
		dispatch_deliver(d, r, d->stanza.el);
		return PASS;
	}
	/* 8.5.3.2.1: a chat message goes on as if it had been sent to the account. */
	if (d->stanza.type == MESSAGE_CHAT)
		return to_bare(d);
	if (d->stanza.type == MESSAGE_ERROR || d->stanza.type == MESSAGE_HEADLINE)
		return PASS;
	return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_DELIVER, on_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_DELIVER, on_in },
	{ .run = NULL },
};

const struct feature feature_message = {
	.name = "message",
	.spec = "RFC 6121 5, RFC 6121 8",
	.test = "message.talk",
	.hooks = hooks,
};
