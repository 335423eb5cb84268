/* SPDX-License-Identifier: Apache-2.0 */
/* Switches of accounts, see account_flags.h. */
#include "server/route/account_flags.h"

#include "base/mem.h"
#include "server/route/entity.h"

struct news {
	struct letter letter;
	struct home *home; /* of the account */
	bool is_admin, is_disabled;
	struct str owner; /* in name */
	char name[];
};

/* What was read before the change must not stand behind it. */
static void apply(void *arg, struct entity *e)
{
	struct news *n = arg;

	if (e->state == ENTITY_READY) {
		e->account.is_admin = n->is_admin;
		e->account.is_disabled = n->is_disabled;
	}
	entity_unpin(e);
	mem_free(n);
}

static void on_arrival(struct letter *l)
{
	struct news *n = container_of(l, struct news, letter);
	struct entity *e = entity_find(n->home, n->owner);

	if (!e) {
		mem_free(n);
		return;
	}
	entity_pin(e);
	entity_when_ready(e, apply, n);
}

void account_flags_changed(void *home, const struct account *account)
{
	struct news *n = mem_zalloc(1, sizeof(*n) + account->owner.len);

	memcpy(n->name, account->owner.ptr, account->owner.len);
	n->owner = str_make(n->name, account->owner.len);
	n->home = home_of(home, n->owner);
	n->is_admin = account->is_admin;
	n->is_disabled = account->is_disabled;
	n->letter.fn = on_arrival;
	loop_post(n->home->loop, &n->letter);
}
