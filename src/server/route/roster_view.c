/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about a user's roster, see roster_view.h. */
#include "server/route/roster_view.h"

const struct roster_item *roster_item(const struct entity *e, struct jid who)
{
	return e->roster ? roster_find(e->roster, jid_bare_str(who)) : NULL;
}

bool roster_may_see(const struct entity *e, struct jid who)
{
	const struct roster_item *item = roster_item(e, who);

	return jid_bare_eq(e->jid, who) || (item && (item->flags & ROSTER_FROM));
}

bool roster_has(const struct entity *e, struct jid who)
{
	const struct roster_item *item = roster_item(e, who);

	return item && (item->flags & ROSTER_LISTED);
}

bool roster_has_room(const struct entity *e, struct str jid)
{
	const struct roster *r = e->roster;
	const struct roster_item *item = roster_find(r, jid);

	return (item && (item->flags & ROSTER_LISTED)) ||
	       (r->listed < (size_t)conf_int(e->home->conf, "limits.roster_items") &&
		roster_bytes(r) + jid.len <= ROSTER_BYTES_MAX);
}
