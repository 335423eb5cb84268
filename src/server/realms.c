/* SPDX-License-Identifier: Apache-2.0 */
/* Realms, see realms.h. */
#include "server/realms.h"

#include "base/mem.h"
#include "server/room/rooms.h"
#include "server/route/home_life.h"
#include "server/route/registry.h"
#include "xmpp/jid.h"

#include <stdio.h>

struct realms {
	struct arena arena;
	struct str rooms_domain;
	struct registry *rooms;
};

enum err realms_rooms_domain(const struct conf *conf, struct arena *a, struct str *ret_domain)
{
	struct str text = conf_str(conf, "rooms.domain"), domain = conf_str(conf, "domain");

	if (!text.len)
		text = ARENA_JOIN(a, STR("conference."), domain);
	if (str_eq(text, domain))
		return ERR_INVALID;
	return jid_prep_domain(a, arena_dup(a, text), ret_domain);
}

enum err realms_new(const struct conf *conf, struct realms **ret_realms, struct blame *blame)
{
	struct realms *r = mem_zalloc(1, sizeof(*r));
	enum err e;

	arena_init(&r->arena, 64 * KIB);
	e = realms_rooms_domain(conf, &r->arena, &r->rooms_domain);
	if (e)
		(void)snprintf(blame->text, sizeof(blame->text),
			       "rooms.domain must be a domain of its own");
	else
		e = registry_new(room_features, &r->rooms, blame);
	if (e)
		realms_free(&r);
	else
		*ret_realms = r;
	return e;
}

void realms_free(struct realms **realms)
{
	struct realms *r = *realms;

	*realms = NULL;
	if (!r)
		return;
	registry_free(&r->rooms);
	arena_done(&r->arena);
	mem_free(r);
}

void realms_add(const struct realms *r, struct home *h)
{
	home_add_realm(h, r->rooms_domain, r->rooms);
}
