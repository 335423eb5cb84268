/* SPDX-License-Identifier: Apache-2.0 */
/* Administrators, see admins.h. */
#include "server/route/admins.h"

#include "xmpp/jid.h"

enum { ADMINS_ARENA_MAX = 64 * 1024 /* bytes */ };

bool admins_have(const struct home *h, struct str owner)
{
	size_t count = conf_list_count(h->conf, "admins");
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, ADMINS_ARENA_MAX);
	for (size_t i = 0; i < count; i++) {
		struct jid admin;

		if (jid_parse(&a, conf_list_at(h->conf, "admins", i), &admin) == OK &&
		    str_eq(jid_bare_str(admin), owner))
			return true;
	}
	return false;
}

bool admins_may(const struct home *h, const struct account *account)
{
	return !account->is_disabled && (account->is_admin || admins_have(h, account->owner));
}
