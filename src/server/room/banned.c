/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes into no room, see banned.h. On the room's loop. */
#include "server/room/banned.h"

#include "server/room/enter.h"
#include "server/room/heard.h"
#include "server/route/banned.h"

/* As if the room had banned him (XEP-0045 9.1): the error of his next try tells nobody else. */
static void put_out(struct dispatch *d, struct room *r, struct occupant *o)
{
	const struct telling t = { .is_gone = true,
				   .status = { 301 },
				   .affiliation = STR("outcast"),
				   .reason = STR("Blocked by the server") };

	enter_out(d, r, o, &t);
}

static void on_lists(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct occupant *o;
	size_t at = 0;

	while (r && (o = map_next(&r->occupants, &at))) { /* the service itself has no state */
		struct jid jid = list_entry(o->sessions.next, struct room_session, link)->jid;

		if (banned_covers(d->home, jid) || heard_covers(r, jid))
			put_out(d, r, o);
	}
}

const struct feature room_banned_feature = {
	.name = "room_banned",
	.spec = "XEP-0045 1.35.5",
	.test = "im/banned.talk, component/block-nodes.talk",
	.hooks = banned_service_hooks,
	.on_lists = on_lists,
};
