/* SPDX-License-Identifier: Apache-2.0 */
/* A room's lasting people and the rules of XEP-0045 about who may do what: affiliations, roles.
 * State without XML or store. One thread at a time. */
#pragma once

#include "base/map.h"
#include "xmpp/jid.h"

enum room_affiliation { /* in rising order of rights (XEP-0045 5.2) */
			AFFILIATION_OUTCAST,
			AFFILIATION_NONE,
			AFFILIATION_MEMBER,
			AFFILIATION_ADMIN,
			AFFILIATION_OWNER,
};

enum room_role { ROLE_NONE, ROLE_VISITOR, ROLE_PARTICIPANT, ROLE_MODERATOR }; /* 5.1 */

enum {
	ROOM_NICK_MAX = 512,    /* bytes of a nickname */
	ROOM_REASON_MAX = 1024, /* bytes of a reason that is kept */
	ROOM_GONE_MAX = 500,    /* who are remembered to have lost an affiliation */
};

struct room_member {
	struct str jid; /* bare, or a domain for an outcast; owned, as all strings */
	enum room_affiliation affiliation; /* never NONE */
	struct str nick;                   /* reserved; empty: none */
	struct str reason;                 /* empty: none */
	int64_t version;                   /* when the affiliation changed: struct room_members */
	bool is_new; /* it was no member, admin or owner before the last room_members_set */
};

struct room_members {
	struct map items; /* jid -> struct room_member */
	struct map nicks; /* reserved nick -> struct room_member */
	size_t owners;
	/* Every change of an affiliation has a version (XEP-0463): the wall clock in usec, made
	 * unique and rising. */
	int64_t version, previous; /* of the last change, and of the one before it; 0: none */
	int64_t floor;             /* who lost an affiliation before that is forgotten */
	struct map gone; /* jid -> struct room_member with NONE: who lost one since then */
};

void room_members_init(struct room_members *m);
void room_members_done(struct room_members *m);

/* NULL if it has no affiliation. */
struct room_member *room_members_find(const struct room_members *m, struct str jid);

/* Who has reserved a nick, or NULL. */
struct room_member *room_members_by_nick(const struct room_members *m, struct str nick);

/* Of a user, by bare JID; an outcast also by his domain (9.1). */
enum room_affiliation room_members_get(const struct room_members *m, struct jid who);

/* NONE takes the member out. Strings are copied; nick and reason unset: they stay as they are. So
 * does the nick where another member has reserved this one. */
void room_members_set(struct room_members *m, struct str jid, enum room_affiliation affiliation,
		      struct str nick, struct str reason);

/* With more than ROOM_GONE_MAX in gone: forgets the oldest, raises floor, and gives its JID, in the
 * arena; unset: there are not so many. */
struct str room_members_forget(struct room_members *m, struct arena *a);

/* ---- names; false: there is no such word ---- */

struct str room_affiliation_name(enum room_affiliation a);
struct str room_role_name(enum room_role r);
must_check bool room_affiliation_parse(struct str s, enum room_affiliation *ret_a);
must_check bool room_role_parse(struct str s, enum room_role *ret_r);

/* ---- rules ---- */

/* 5.1.2: the role of one who enters. */
enum room_role room_role_of(enum room_affiliation a, bool is_moderated);

/* 5.2.2, 9 and 10: whether an actor may give a target that is `is` another affiliation. */
bool room_may_affiliate(enum room_affiliation actor, enum room_affiliation is,
			enum room_affiliation becomes);

/* 5.1.1, 8 and 9.6: the same of roles. */
bool room_may_appoint(enum room_affiliation actor, enum room_role actor_role,
		      enum room_affiliation is, enum room_role is_role, enum room_role becomes);

/* ---- in the store: space ROOM_MEMBER_SPACE, key: the JID ---- */

#define ROOM_SPACE        STR("room") /* keys "config", "subject", "floor", "pictures", "ending" */
#define ROOM_MEMBER_SPACE STR("room-member")

/* Of the service's domain: key: the JID of a room that ends (room/ending.h). */
#define ROOM_ENDING_SPACE STR("room-ending")
#define ROOM_CARD_SPACE   STR("room-card") /* key VCARD_KEY; not read with the room */

/* Of the service's domain: key: the JID of a public room, value: its name. */
#define ROOM_DIRECTORY_SPACE STR("room-directory")

struct str room_member_encode(const struct room_member *m, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err room_member_decode(struct room_members *m, struct str key, struct str value);
