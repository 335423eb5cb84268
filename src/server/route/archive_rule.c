/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages are archived, see archive_rule.h. */
#include "server/route/archive_rule.h"

#include "server/route/roster_view.h"

struct mam_prefs archive_rule_of(const struct entity *e)
{
	struct mam_prefs prefs = { .by_default = MAM_ALWAYS };

	if (e->archive_prefs)
		return e->archive_prefs->prefs;
	if (mam_default_parse(conf_str(e->home->conf, "archive.default"), &prefs.by_default))
		prefs.by_default = MAM_ALWAYS; /* conf_check lets nothing else pass */
	return prefs;
}

bool archive_rule_keeps(const struct entity *e, struct jid who)
{
	struct mam_prefs prefs = archive_rule_of(e);

	/* Notes to oneself are no stranger's: the account counts as its own contact. */
	return archive_prefs_keep(&prefs, who, jid_bare_eq(who, e->jid) || roster_has(e, who));
}
