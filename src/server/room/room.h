/* SPDX-License-Identifier: Apache-2.0 */
/* A room while it is in memory (XEP-0045): what the store holds of it, and who is in it. It is the
 * state of an entity of the rooms' realm; on that entity's loop. */
#pragma once

#include "base/list.h"
#include "server/model/room.h"
#include "server/model/room_config.h"
#include "server/model/room_hats.h"
#include "server/model/room_pins.h"
#include "server/model/room_tokens.h"
#include "server/route/audience.h"
#include "server/route/dispatch.h"
#include "server/route/feature.h"

enum {
	ROOM_HISTORY_MAX = 100,      /* messages kept for those who enter */
	ROOM_SESSIONS_MAX = 64,      /* clients under one nickname */
	ROOM_PRESENCE_MAX = 8 * KIB, /* bytes of what an occupant says with a presence */
	ROOM_HEARERS_MAX = 20000,    /* accounts that have enabled pushes at it */
	ROOM_REQUESTS_MAX = 100,     /* who wait for an admin's word at a time */
};

struct member_list;

/* One client of an occupant. */
struct room_session {
	struct list link; /* in its occupant's */
	struct occupant *occupant;
	struct jid jid;                 /* full, real; owned */
	struct audience_member *member; /* in the room's everybody; NULL: not yet */
};

/* Everybody with one nickname: one user, maybe with several clients. */
struct occupant {
	struct str nick; /* owned */
	struct str bare; /* real; owned */
	struct str id;   /* XEP-0421; owned */
	enum room_role role;
	struct bytes *presence; /* what he said last: <presence/> with his children, no addresses */
	struct list sessions;
	uint64_t tag;          /* of its members in the room's everybody */
	struct bytes *text[2]; /* its presence as others get it, without and with its address; NULL:
				  to be made */
	/* Whether others are told of him: always, but in large rooms (room_is_large). */
	bool is_shown;
	struct list use_link; /* in the room's shown, if he is */
};

/* A message for those who enter later: as it is in the archive. */
struct room_past {
	int64_t seq;
	usec_t wall;
	struct bytes *stanza;
};

struct room {
	struct entity *entity;
	bool exists;    /* in the store, or just being made */
	bool is_ending; /* it is gone, and what was said in it is being removed: ending.h */
	bool is_locked; /* 10.1.3: its owner has not said what it shall be */
	struct room_config config;
	struct room_members members;
	int64_t told_version; /* of the members: that everybody was told of (XEP-0463) */
	struct room_hats hats;
	struct room_tokens tokens;
	struct room_pins pins;
	struct str card_hashes; /* of its pictures (XEP-0486), '\n' between them; owned */
	struct bytes *subject;  /* <message/> as it is shared, without delay; NULL: none */
	usec_t subject_wall;
	struct map occupants;       /* nick -> struct occupant */
	struct map sessions;        /* full real JID -> struct room_session */
	struct audience *everybody; /* all clients; NULL: to be made */
	struct list shown;          /* of struct occupant, who spoke last in front */
	size_t hidden;              /* occupants that are not */
	uint64_t last_tag;
	struct member_list *accounts; /* members who have an account here; NULL: to be made */
	struct member_list *guests;   /* and who hears without being one: guests.h; the same */
	struct map hearers;           /* bare JID -> itself, owned: who has enabled pushes here */
	struct room_past past[ROOM_HISTORY_MAX]; /* a ring */
	unsigned past_first, past_count;
	bool has_past;       /* it was read from the archive */
	struct map requests; /* bare JID -> struct room_request */
	struct map spoken;   /* bare JID -> when he spoke last: voice.c */
	size_t spoken_sweep; /* so many of them, and the old ones are forgotten */
};

/* Somebody who would be a member (7.10), and waits for an admin. */
struct room_request {
	struct str bare, nick; /* owned */
};

/* The room of an entity. */
struct room *room_of(const struct entity *e);

/* ---- occupants ---- */

struct occupant *room_occupant(const struct room *r, struct str nick);
struct room_session *room_session(const struct room *r, struct str full);

/* NULL when there is nobody with this bare JID. */
struct occupant *room_occupant_by_bare(const struct room *r, struct str bare);

/* The occupant id (XEP-0421) of bare, there or not; in arena a. */
struct str room_occupant_id(const struct room *r, struct str bare, struct arena *a);

/* A new client; a new occupant if the nick is free. The entity stays in memory while there is one.
 */
struct room_session *room_enter(struct room *r, struct str nick, struct jid who);

/* Takes it out, and its occupant with the last one (then o is gone: true). */
bool room_leave(struct room *r, struct room_session *s);

/* A large room (rooms.large) does not tell everybody of everybody: whoever enters it is shown to
 * the others when he says something first, or moderates; and he himself is shown those who spoke
 * last (rooms.large_window). */
bool room_is_large(const struct room *r);

/* From now on o is shown; he comes to the front of those who are. */
void room_show(struct room *r, struct occupant *o);

/* What others see of o has changed: role, affiliation, presence, name, hats. */
void room_changed(struct occupant *o);

/* A client gets another nickname: one that is free, or that other clients of the same user have.
 * Its occupant from then on: the old one where it has no other clients, else one with the same
 * role.
 */
struct occupant *room_rename(struct room *r, struct room_session *s, struct str nick);

enum room_affiliation room_affiliation(const struct room *r, const struct occupant *o);

/* Whether o sees real addresses (whois, 7.2.3). */
bool room_sees_jids(const struct room *r, const struct occupant *o);

/* All clients; a count stays the room's. */
struct audience *room_everybody(struct room *r);

/* Brings s in line with what it hears now, after a change of its occupant's name or rights. */
void room_listen(struct room *r, struct room_session *s);

/* The settings say anew who sees addresses. */
void room_forget_everybody(struct room *r);

/* ---- requests ---- */

/* False: there are too many. The newer one takes the place of the older. */
must_check bool room_request_add(struct room *r, struct str bare, struct str nick);
void room_request_drop(struct room *r, struct str bare);

/* ---- addresses ---- */

/* room@service/nick, in the dispatch's arena. */
struct str room_nick_jid(struct dispatch *d, struct str nick);

/* ---- the store ---- */

void room_store_config(struct dispatch *d, struct room *r);
/* jid's affiliation, as room_members_set has just made it, in the room's rows alone: news.h has the
 * account's. */
void room_store_member(struct dispatch *d, struct room *r, struct str jid);
void room_store_subject(struct dispatch *d, struct room *r);

/* The sums of the pictures of its card. */
void room_store_card_hashes(struct dispatch *d, struct room *r, struct str hashes);

/* Its rows go; for ending.c, which sees to what was said in it. */
void room_unstore(struct dispatch *d, struct room *r);

/* ---- the past ---- */

/* Remembers a message; takes a count. */
void room_remember(struct room *r, int64_t seq, usec_t wall, struct bytes *stanza);

/* The i-th, oldest first, of r->past_count. */
const struct room_past *room_past(const struct room *r, unsigned i);
void room_forget(struct room *r, int64_t seq);

/* The row in the rooms' features that keeps all this. */
extern const struct feature room_feature;
