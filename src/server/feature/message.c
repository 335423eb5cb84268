/* SPDX-License-Identifier: Apache-2.0 */
/* Messages (RFC 6121 5 and 8.5.2, 8.5.3): where they go. What is stored was decided before
 * (feature/archive). */
#include "server/feature/message.h"

#include "server/route/lasting.h"
#include "server/route/recipients.h"

/* ---- out ---- */

/* What its receiver stores on this server goes into the sender's commit: to users, whose archives
 * have it both, and to rooms. */
static bool is_proposed(struct dispatch *d)
{
	const struct realm *realm = home_realm(d->home, d->stanza.to.domain);

	if (realm && realm->has_accounts)
		return d->is_stored;
	return lasting_is_for_room(d->home, &d->stanza, d->arena);
}

static enum verdict on_out(struct dispatch *d)
{
	if (!jid_is_set(d->stanza.to)) /* RFC 6120 10.3.1: to oneself */
		stanza_set_to(d->arena, &d->stanza, d->entity->jid);
	if (is_proposed(d))
		d->has_propose = true;
	else
		dispatch_route(d, d->stanza.el);
	return PASS;
}

/* ---- in ---- */

static void deliver_to_all(struct dispatch *d)
{
	struct bytes *bytes = dispatch_bytes(d, d->stanza.el);

	resource_each(r, &d->entity->resources)
	{
		if (recipients_takes(r))
			dispatch_deliver_bytes(d, r, bytes);
	}
	(void)bytes_unref(bytes);
}

static enum verdict on_in(struct dispatch *d)
{
	struct resource *one = NULL;

	switch (recipients_of(d, &one)) {
	case RECIPIENTS_ONE:
		dispatch_deliver(d, one, d->stanza.el);
		break;
	case RECIPIENTS_ALL:
		deliver_to_all(d);
		break;
	case RECIPIENTS_REFUSED:
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	case RECIPIENTS_NONE:
		break;
	}
	return PASS;
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_DELIVER, on_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_DELIVER, on_in },
	{ .run = NULL },
};

const struct feature feature_message = {
	.name = "message",
	.spec = "RFC 6121 5, RFC 6121 8",
	.test = "im/message-bare.talk, im/message-full.talk, im/message-nobody.talk",
	.hooks = hooks,
};
