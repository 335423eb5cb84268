/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes into rooms by invitation only, see heard.h. On the room's loop. */
#include "server/room/heard.h"

#include "server/route/banned.h"

/* What others publish holds for who does not belong to the room. */
bool heard_covers(const struct room *r, struct jid who)
{
	return banned_is_heard(r->entity->home, who) &&
	       room_members_get(&r->members, who) <= AFFILIATION_NONE;
}

/* Whoever leaves may. */
static enum verdict on_heard(struct dispatch *d)
{
	const struct room *r = d->entity->jid.node.len ? room_of(d->entity) : NULL;

	if (!d->home->heard ||
	    !(r ? heard_covers(r, d->stanza.from) : banned_is_heard(d->home, d->stanza.from)) ||
	    (d->stanza.kind == STANZA_PRESENCE && d->stanza.type == PRESENCE_UNAVAILABLE))
		return PASS;
	return dispatch_error(d, COND_FORBIDDEN);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, on_heard },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, on_heard },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, on_heard },
	{ .run = NULL },
};

const struct feature room_heard_feature = {
	.name = "room_heard",
	.spec = "XEP-0045 1.35.5",
	.test = "component/block-nodes.talk",
	.hooks = hooks,
};
