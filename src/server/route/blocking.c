/* SPDX-License-Identifier: Apache-2.0 */
/* Whom an account blocks, see blocking.h. */
#include "server/route/blocking.h"

bool blocking_covers(const struct entity *e, struct jid who)
{
	return blocklist_covers(e->blocklist, who) && !jid_bare_eq(e->jid, who) &&
	       !str_eq(who.full, e->home->domain);
}

bool blocking_covers_text(const struct entity *e, struct arena *a, struct str who)
{
	struct jid jid;

	return !blocklist_is_empty(e->blocklist) && jid_parse(a, who, &jid) == OK &&
	       blocking_covers(e, jid);
}
