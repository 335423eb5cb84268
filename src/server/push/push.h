/* SPDX-License-Identifier: Apache-2.0 */
/* Push notifications (XEP-0357): what an account's devices are told while they are not there.
 * Features that know of something worth a push call push_consider; feature/push keeps the rest
 * going. On the entity's loop. */
#pragma once

#include "base/map.h"
#include "server/model/push.h"
#include "server/route/dispatch.h"

enum {
	PUSH_TARGETS_MAX = 32,       /* registrations of an account; past it, the one that was
					enabled longest ago goes */
	PUSH_ROOM_TARGETS_MAX = 128, /* the same of those for one room */
	PUSH_LINES_MAX = PUSH_TARGETS_MAX + PUSH_ROOM_TARGETS_MAX,
	PUSH_DUE_MAX = 8,       /* conversations that one registration has still to be told of */
	PUSH_FAILURES_MAX = 20, /* in a row; then the registration is disabled */
	PUSH_QUIET_MAX = 5000,  /* conversations with settings of their own */
	PUSH_BODY_MAX = 1024,   /* bytes of a body that go along */
};

/* A device that is awake has so long to acknowledge what it was sent: then it is not. */
#define PUSH_PROOF_USEC (30 * USEC_PER_SEC)
/* An app server has so long to answer. */
#define PUSH_ANSWER_USEC (60 * USEC_PER_SEC)

struct member_news;

enum push_kind { PUSH_MESSAGE, PUSH_CALL, PUSH_REQUEST };

/* Something that the user may want to hear of. Strings are borrowed; sender and body are empty
 * where there is none. */
struct push_event {
	enum push_kind kind;
	struct str conversation; /* bare JID: of the contact, or of the room */
	struct str sender;       /* full JID; in a room, that of the occupant */
	struct str body;
	struct str id;             /* of the message, as its sender gave it (XEP-0333) */
	int64_t seq;               /* its place in the archive of the account, or of the room */
	bool is_room;              /* seq and id are those of the room */
	bool is_mention;           /* it speaks to the user */
	bool is_readable;          /* people read it: it has a body, or is encrypted */
	enum push_level otherwise; /* XEP-0492 3: where the user has not said what he wants */
};

/* When what d leads to is durable, the devices that are not there hear of it, if the user's
 * settings for the conversation let them. d is a dispatch of the account that is told (never of a
 * room); it need not have a stanza: router_act will do. */
void push_consider(struct dispatch *d, const struct push_event *e);

/* ---- for feature/push ---- */

/* Something that waits for its time. */
struct push_due {
	struct list link;
	struct push_event event; /* the newest of them; its strings stand behind */
	unsigned count;          /* how many */
	usec_t when;
	bool is_withheld; /* the device is awake: it should have got it by itself */
	bool is_bare;     /* a push service found it too large: without a payload */
};

/* A registration in use. */
struct push_line {
	struct list link;
	struct push *push;
	struct push_target *target;
	struct list due; /* oldest first */
	unsigned due_count;
	struct push_due *sent; /* the last one, while the app server's answer is awaited */
	struct list flights;   /* requests to a push service of the web */
	struct timer timer;    /* of what is due */
	struct timer patience; /* of the answer */
	usec_t not_before;     /* pause between two pushes, or after a failure */
	unsigned unseen;       /* messages since the device was awake */
	unsigned requests;     /* subscription requests, the same */
	unsigned number;       /* of the next iq */
	int64_t delivered;     /* place in the archive: the device has acknowledged it */
	usec_t wall_saved;
	bool has_failed; /* since it was sent last: several at once count as one failure */
	bool has_alarm;  /* counted in the entity, for what waits */
	char token[17];  /* in the ids of its requests */
};

/* All of an account: entity->push, or NULL where there never was any. */
struct push {
	struct entity *entity;
	struct list lines;        /* in order of enabling */
	unsigned count, of_rooms; /* all; those that were enabled at rooms */
	struct map quiet;         /* conversation -> struct push_quiet */
};

/* Reads the rows; frees all (timers stop, what waited is forgotten). */
void push_load(struct entity *e, const struct keyval_row *rows);
void push_unload(struct entity *e);

/* A client enables or disables: written with what d writes. False: it cannot be kept. */
must_check bool push_enable(struct dispatch *d, const struct push_enable *wanted);
void push_disable(struct dispatch *d, const struct push_disable *wanted);

/* Whether what a client asks for can be: a push service of the web that we may reach, with keys. */
must_check bool push_web_check(const struct home *h, const struct push_web *web,
			       struct push_fault *ret_fault);

/* The same at a room, where a client of the account (who: full JID) has asked: for what is said
 * there. */
must_check bool push_enable_at_room(struct dispatch *d, const struct push_enable *wanted,
				    struct jid who, struct str room);

/* Gives whether others are left for that room. */
bool push_disable_at_room(struct dispatch *d, const struct push_disable *wanted, struct str room);

/* The account goes: so does what rooms know of its registrations. */
void push_on_removal(struct dispatch *d);

/* The account's node at an app server is closed. */
void push_withdraw(struct dispatch *d, struct str jid, struct str node);

/* The user's settings for a conversation, as published; none: l is not set. */
void push_set_quiet(struct dispatch *d, struct str conversation, const struct push_levels *l);
void push_forget_quiet(struct dispatch *d);

/* A client came, woke up, or went to sleep; or has acknowledged. */
void push_on_attention(struct resource *r, bool is_awake);
void push_on_delivered(struct resource *r, int64_t seq);

/* A room tells the account bare something; e: its entity, or NULL. */
void push_on_member_news(struct home *h, struct str bare, struct entity *e,
			 const struct member_news *n);

/* The user has read a conversation up to there: to the place seq (0: not known), or to the message
 * with this id (empty: to its end). */
void push_on_read(struct entity *e, struct str conversation, int64_t seq, struct str id);

/* An answer to a notification, to the account or to the room in whose name it went out: DONE, or
 * PASS. */
enum verdict push_on_answer(struct dispatch *d);
