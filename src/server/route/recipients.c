/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a message, see recipients.h. */
#include "server/route/recipients.h"

#include "server/route/nobody.h"
#include "server/route/roster_view.h"
#include "xmpp/ns.h"

bool recipients_takes(const struct resource *r)
{
	return r->is_available && r->priority >= 0;
}

static bool anybody_takes(const struct entity *e)
{
	resource_each(r, &e->resources)
	{
		if (recipients_takes(r))
			return true;
	}
	return false;
}

/* Nobody takes it now: 8.5.2.2.1 and 8.5.3.2.1. */
static enum recipients not_taken(const struct dispatch *d)
{
	if (d->stanza.type == MESSAGE_HEADLINE || d->is_stored)
		return RECIPIENTS_NONE;
	/* Nor does a stranger learn by it that there is an account. */
	if (nobody_is_hidden(d->home) && !roster_may_see(d->entity, d->stanza.from))
		return RECIPIENTS_NONE;
	/* Chat states and the like mean nothing to somebody who is not there. */
	return xml_child(d->stanza.el, NS_CLIENT, STR("body")) ? RECIPIENTS_REFUSED
							       : RECIPIENTS_NONE;
}

static enum recipients of_account(const struct dispatch *d)
{
	if (d->stanza.type == MESSAGE_GROUPCHAT)
		return RECIPIENTS_REFUSED;
	if (d->stanza.type == MESSAGE_ERROR)
		return RECIPIENTS_NONE;
	return anybody_takes(d->entity) ? RECIPIENTS_ALL : not_taken(d);
}

enum recipients recipients_of(const struct dispatch *d, struct resource **ret_one)
{
	struct resource *r;

	if (!jid_is_full(d->stanza.to))
		return of_account(d);
	r = resource_by_name(&d->entity->resources, d->stanza.to.resource);
	if (r) {
		*ret_one = r;
		return RECIPIENTS_ONE;
	}
	switch (d->stanza.type) {
	case MESSAGE_CHAT: /* 8.5.3.2.1: goes on as if it had been sent to the account */
		return of_account(d);
	case MESSAGE_ERROR:
	case MESSAGE_HEADLINE:
		return RECIPIENTS_NONE;
	default:
		return RECIPIENTS_REFUSED;
	}
}
