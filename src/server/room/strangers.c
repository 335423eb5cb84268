/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of strangers, see strangers.h. On the room's loop. */
#include "server/room/strangers.h"

#include "base/metric.h"
#include "server/room/room.h"
#include "server/route/stranger.h"

static bool is_counted(const struct dispatch *d)
{
	const struct room *r = room_of(d->entity);

	return d->stanza.type == PRESENCE_AVAILABLE && d->entity->jid.node.len && d->home->pace &&
	       stranger_is_remote(d->home, d->stanza.from) &&
	       room_members_get(&r->members, d->stanza.from) == AFFILIATION_NONE &&
	       !room_session(r, d->stanza.from.full);
}

static enum verdict on_presence(struct dispatch *d)
{
	struct pace_limits limits;

	if (!is_counted(d))
		return PASS;
	limits = stranger_limits(d->home->conf);
	if (pace_join(d->home->pace, &limits, stranger_of(d)))
		return PASS;
	metric_inc(METRIC_PACED_JOIN);
	return dispatch_error_wait(d, COND_RESOURCE_CONSTRAINT,
				   STR("too many rooms at a time; try again later"));
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, on_presence },
	{ .run = NULL },
};

const struct feature room_strangers_feature = {
	.name = "room_strangers",
	.spec = "XEP-0205 1.0.2",
	.test = "component/strangers-rooms.talk",
	.hooks = hooks,
};
