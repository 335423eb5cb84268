/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a room and their rights, see room.h. */
#include "server/model/room.h"

#include "base/clock.h"
#include "base/mem.h"

enum { SEPARATOR = 0x1f }; /* no character of XML */

static void set(struct str *to, struct str from)
{
	mem_free((void *)(uintptr_t)to->ptr);
	*to = from.len ? str_make(str_dup(from), from.len) : STR_NONE;
}

static void member_free(struct room_member *m)
{
	set(&m->jid, STR_NONE);
	set(&m->nick, STR_NONE);
	set(&m->reason, STR_NONE);
	mem_free(m);
}

void room_members_init(struct room_members *m)
{
	*m = (struct room_members){ 0 };
	map_init(&m->items);
	map_init(&m->nicks);
	map_init(&m->gone);
}

void room_members_done(struct room_members *m)
{
	struct room_member *member;
	size_t at = 0;

	while ((member = map_next(&m->items, &at))) {
		(void)map_remove(&m->items, member->jid);
		member_free(member);
	}
	at = 0;
	while ((member = map_next(&m->gone, &at))) {
		(void)map_remove(&m->gone, member->jid);
		member_free(member);
	}
	map_done(&m->items);
	map_done(&m->nicks);
	map_done(&m->gone);
	m->owners = 0;
}

struct room_member *room_members_find(const struct room_members *m, struct str jid)
{
	return map_get(&m->items, jid);
}

struct room_member *room_members_by_nick(const struct room_members *m, struct str nick)
{
	return nick.len ? map_get(&m->nicks, nick) : NULL;
}

static void set_nick(struct room_members *m, struct room_member *member, struct str nick)
{
	if (nick.len && map_get(&m->nicks, nick))
		return; /* his own, or another one's */
	if (member->nick.len)
		(void)map_remove(&m->nicks, member->nick);
	set(&member->nick, nick);
	if (member->nick.len)
		(void)map_set(&m->nicks, member->nick, member);
}

enum room_affiliation room_members_get(const struct room_members *m, struct jid who)
{
	const struct room_member *member = room_members_find(m, jid_bare_str(who));

	if (!member) {
		member = room_members_find(m, who.domain);
		if (member && member->affiliation != AFFILIATION_OUTCAST)
			member = NULL;
	}
	return member ? member->affiliation : AFFILIATION_NONE;
}

static void forget_gone(struct room_members *m, struct str jid)
{
	struct room_member *member = map_remove(&m->gone, jid);

	if (member)
		member_free(member);
}

static void remember_gone(struct room_members *m, struct str jid, int64_t version)
{
	struct room_member *member = map_get(&m->gone, jid);

	if (!member) {
		member = mem_zalloc(1, sizeof(*member));
		set(&member->jid, jid);
		member->affiliation = AFFILIATION_NONE;
		(void)map_set(&m->gone, member->jid, member);
	}
	member->version = version;
}

struct str room_members_forget(struct room_members *m, struct arena *a)
{
	struct room_member *member, *oldest = NULL;
	struct str jid;
	size_t at = 0;

	if (m->gone.count <= ROOM_GONE_MAX)
		return STR_NONE;
	while ((member = map_next(&m->gone, &at))) {
		if (!oldest || member->version < oldest->version)
			oldest = member;
	}
	jid = arena_dup(a, oldest->jid);
	m->floor = oldest->version;
	forget_gone(m, jid);
	return jid;
}

static void set_version(struct room_members *m, struct room_member *member, int64_t version)
{
	member->version = version;
	if (version > m->version) {
		m->previous = m->version;
		m->version = version;
	}
}

static int64_t next_version(const struct room_members *m)
{
	int64_t now = wall_now();

	return now > m->version ? now : m->version + 1;
}

static void take_out(struct room_members *m, struct room_member *member)
{
	int64_t version = next_version(m);

	remember_gone(m, member->jid, version);
	set_version(m, member, version);
	set_nick(m, member, STR(""));
	(void)map_remove(&m->items, member->jid);
	member_free(member);
}

void room_members_set(struct room_members *m, struct str jid, enum room_affiliation affiliation,
		      struct str nick, struct str reason)
{
	struct room_member *member = room_members_find(m, jid);

	if (member && member->affiliation == AFFILIATION_OWNER)
		m->owners--;
	if (affiliation == AFFILIATION_NONE) {
		if (member)
			take_out(m, member);
		return;
	}
	if (!member) {
		member = mem_zalloc(1, sizeof(*member));
		set(&member->jid, jid);
		member->affiliation = AFFILIATION_NONE;
		(void)map_set(&m->items, member->jid, member);
		forget_gone(m, jid);
	}
	member->is_new = member->affiliation <= AFFILIATION_NONE && affiliation > AFFILIATION_NONE;
	if (member->affiliation != affiliation)
		set_version(m, member, next_version(m));
	member->affiliation = affiliation;
	m->owners += affiliation == AFFILIATION_OWNER;
	if (nick.ptr)
		set_nick(m, member, nick);
	if (reason.ptr)
		set(&member->reason, reason);
}

/* ---- names ---- */

static const struct str affiliations[] = { [AFFILIATION_OUTCAST] = STR_INIT("outcast"),
					   [AFFILIATION_NONE] = STR_INIT("none"),
					   [AFFILIATION_MEMBER] = STR_INIT("member"),
					   [AFFILIATION_ADMIN] = STR_INIT("admin"),
					   [AFFILIATION_OWNER] = STR_INIT("owner") };
static const struct str roles[] = { [ROLE_NONE] = STR_INIT("none"),
				    [ROLE_VISITOR] = STR_INIT("visitor"),
				    [ROLE_PARTICIPANT] = STR_INIT("participant"),
				    [ROLE_MODERATOR] = STR_INIT("moderator") };

struct str room_affiliation_name(enum room_affiliation a)
{
	return affiliations[a];
}

struct str room_role_name(enum room_role r)
{
	return roles[r];
}

bool room_affiliation_parse(struct str s, enum room_affiliation *ret_a)
{
	for (size_t i = 0; i < array_len(affiliations); i++) {
		if (str_eq(affiliations[i], s)) {
			*ret_a = (enum room_affiliation)i;
			return true;
		}
	}
	return false;
}

bool room_role_parse(struct str s, enum room_role *ret_r)
{
	for (size_t i = 0; i < array_len(roles); i++) {
		if (str_eq(roles[i], s)) {
			*ret_r = (enum room_role)i;
			return true;
		}
	}
	return false;
}

/* ---- rules ---- */

enum room_role room_role_of(enum room_affiliation a, bool is_moderated)
{
	if (a >= AFFILIATION_ADMIN)
		return ROLE_MODERATOR;
	if (a == AFFILIATION_OUTCAST)
		return ROLE_NONE;
	return a == AFFILIATION_MEMBER || !is_moderated ? ROLE_PARTICIPANT : ROLE_VISITOR;
}

bool room_may_affiliate(enum room_affiliation actor, enum room_affiliation is,
			enum room_affiliation becomes)
{
	if (actor == AFFILIATION_OWNER)
		return true;
	/* An admin makes and unmakes members and outcasts among those below him. */
	return actor == AFFILIATION_ADMIN && is < AFFILIATION_ADMIN && becomes < AFFILIATION_ADMIN;
}

bool room_may_appoint(enum room_affiliation actor, enum room_role actor_role,
		      enum room_affiliation is, enum room_role is_role, enum room_role becomes)
{
	if (actor_role != ROLE_MODERATOR || is > actor)
		return false;
	/* 8.4, 9.6, 9.7: to make or unmake a moderator takes an admin, and an admin's or owner's
	 * role cannot be taken by his like. */
	if (is_role == ROLE_MODERATOR || becomes == ROLE_MODERATOR)
		return actor >= AFFILIATION_ADMIN &&
		       (is < AFFILIATION_ADMIN || (becomes == ROLE_NONE && is < actor));
	return is < AFFILIATION_ADMIN || is < actor;
}

/* ---- in the store: "2" affiliation nick version reason; before versions: "1" affiliation nick
 * reason ---- */

static const char separator[] = { SEPARATOR, '\0' };

struct str room_member_encode(const struct room_member *m, struct arena *a)
{
	return arena_printf(a, "2%s%.*s%s%.*s%s%lld%s%.*s", separator,
			    STR_ARG(room_affiliation_name(m->affiliation)), separator,
			    STR_ARG(m->nick), separator, (long long)m->version, separator,
			    STR_ARG(m->reason));
}

static enum err put_back(struct room_members *m, struct str jid, const struct room_member *is)
{
	if (is->affiliation == AFFILIATION_NONE) {
		if (!is->version)
			return ERR_INVALID;
		remember_gone(m, jid, is->version);
	} else {
		struct room_member *member;
		int64_t known = m->version;

		room_members_set(m, jid, is->affiliation, is->nick, is->reason);
		member = room_members_find(m, jid);
		member->version = is->version;
		m->version = known; /* that was no change */
	}
	if (is->version > m->version)
		m->version = is->version;
	m->previous = m->version;
	return OK;
}

enum err room_member_decode(struct room_members *m, struct str key, struct str value)
{
	struct room_member is = { .jid = key };
	struct str part, version;
	bool has_version;

	if (!str_split(&value, SEPARATOR, &part))
		return ERR_INVALID;
	has_version = str_eq(part, STR("2"));
	if ((!has_version && !str_eq(part, STR("1"))) || !str_split(&value, SEPARATOR, &part) ||
	    !room_affiliation_parse(part, &is.affiliation) ||
	    !str_split(&value, SEPARATOR, &is.nick))
		return ERR_INVALID;
	if (has_version && (!str_split(&value, SEPARATOR, &version) ||
			    str_to_i64(version, &is.version) || is.version < 0))
		return ERR_INVALID;
	is.reason = value;
	return put_back(m, key, &is);
}
