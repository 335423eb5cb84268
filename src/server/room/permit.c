/* SPDX-License-Identifier: Apache-2.0 */
/* Who may enter, see permit.h. */
#include "server/room/permit.h"

#include "server/room/ending.h"

#include "crypto/secret.h"
#include "xmpp/ns.h"

/* Beyond max_users, so that a full room can be ruled (7.2.9). */
enum { SPARE_FOR_ADMINS = 10 };

static bool refuse(enum condition why, enum condition *ret_why)
{
	*ret_why = why;
	return false;
}

bool permit_nick(const struct room *r, struct jid who, struct str nick, enum condition *ret_why)
{
	const struct occupant *there = room_occupant(r, nick);
	const struct room_member *reserved = room_members_by_nick(&r->members, nick);

	if ((there && !str_eq(there->bare, jid_bare_str(who))) ||
	    (reserved && !str_eq(reserved->jid, jid_bare_str(who))))
		return refuse(COND_CONFLICT, ret_why);
	return nick.len <= ROOM_NICK_MAX ? true : refuse(COND_POLICY_VIOLATION, ret_why);
}

bool permit_member(const struct dispatch *d, const struct room *r, enum condition *ret_why)
{
	return r->members.items.count < (size_t)conf_int(d->home->conf, "limits.room_members")
		       ? true
		       : refuse(COND_RESOURCE_CONSTRAINT, ret_why);
}

bool permit_list(const struct room *r, enum room_affiliation own, const struct occupant *o,
		 enum room_affiliation a)
{
	if (own >= AFFILIATION_ADMIN)
		return true;
	if (a == AFFILIATION_OUTCAST || !o || !(r->config.get_members & (1 << o->role)))
		return false;
	return r->config.whois == WHOIS_ANYONE || r->config.is_members_only;
}

static bool may_create(const struct dispatch *d)
{
	const struct conf *conf = d->home->conf;
	const struct realm *from = home_realm(d->home, d->stanza.from.domain);

	return conf_bool(conf, "rooms.open") && from && from->has_accounts &&
	       d->entity->jid.node.len;
}

static bool knows_secret(struct dispatch *d, const struct room *r, const struct xml *x)
{
	struct str secret = r->config.secret, given;

	if (!r->config.has_password || !secret.len)
		return true;
	given = xml_child_text(x, NS_MUC, STR("password"), d->arena);
	return given.len == secret.len && secret_equal(given.ptr, secret.ptr, secret.len);
}

static bool is_full(const struct dispatch *d, const struct room *r, enum room_affiliation a)
{
	size_t limit = (size_t)conf_int(d->home->conf, "limits.room_occupants");
	size_t max = (size_t)r->config.max_users;

	if (max && max < limit)
		limit = max;
	if (a >= AFFILIATION_ADMIN)
		limit += SPARE_FOR_ADMINS;
	return r->occupants.count >= limit;
}

bool permit_enter(struct dispatch *d, struct room *r, const struct xml *x, struct str nick,
		  bool has_token, enum condition *ret_why)
{
	struct jid who = d->stanza.from;
	enum room_affiliation a = room_members_get(&r->members, who);
	const struct occupant *there = room_occupant(r, nick);
	size_t clients = 0;

	if (r->is_ending) /* only where removing what was said in it has failed */
		return refuse(COND_RESOURCE_CONSTRAINT, ret_why);
	if (!r->exists)
		return may_create(d) ? true : refuse(COND_NOT_ALLOWED, ret_why);
	if (a == AFFILIATION_OUTCAST)
		return refuse(COND_FORBIDDEN, ret_why);
	if (r->is_locked && a != AFFILIATION_OWNER)
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	if (has_token && !permit_member(d, r, ret_why))
		return false;
	if (r->config.is_members_only && a == AFFILIATION_NONE && !has_token)
		return refuse(COND_REGISTRATION_REQUIRED, ret_why);
	if (a != AFFILIATION_OWNER && !has_token && !knows_secret(d, r, x))
		return refuse(COND_NOT_AUTHORIZED, ret_why);
	if (!permit_nick(r, who, nick, ret_why))
		return false;
	if (!there && is_full(d, r, a))
		return refuse(COND_SERVICE_UNAVAILABLE, ret_why);
	if (there) {
		list_each (link, (struct list *)(uintptr_t)&there->sessions)
			clients++;
	}
	return clients < ROOM_SESSIONS_MAX ? true : refuse(COND_RESOURCE_CONSTRAINT, ret_why);
}

enum room_role permit_role(const struct room *r, const struct occupant *o)
{
	return o->role != ROLE_NONE ? o->role
				    : room_role_of(room_affiliation(r, o), r->config.is_moderated);
}

void permit_create(struct dispatch *d, struct room *r)
{
	struct str owner = jid_bare_str(d->stanza.from);

	r->exists = r->is_locked = true;
	room_members_set(&r->members, owner, AFFILIATION_OWNER, STR_NONE, STR_NONE);
	r->members.floor = r->told_version = r->members.version;
}

void permit_end_if_empty(struct dispatch *d, struct room *r)
{
	if (r->sessions.count || !r->exists)
		return;
	if (r->is_locked || !r->config.is_persistent)
		ending_begin(d, r);
}
