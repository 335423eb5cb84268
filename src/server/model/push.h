/* SPDX-License-Identifier: Apache-2.0 */
/* Where an account wants to be told of what it misses (XEP-0357), as it is kept; and the rules: how
 * long to wait after a failure, which conversations are quiet (XEP-0492 0.2.0). Any thread. */
#pragma once

#include "base/clock.h"
#include "xep/push.h"

enum {
	PUSH_KEY = 32,        /* characters of a row's key */
	PUSH_ANSWER_MAX = 63, /* bytes of what is kept of an answer */
	PUSH_ROW_MAX = 16 * 1024,
	PUSH_TARGET_ARENA = 64 * 1024, /* bytes, of one that is in memory */
};

#define PUSH_SPACE STR("push") /* of the rows */

/* Who has registered at a room, in its rows: key: bare JID. */
#define PUSH_HEARER_SPACE STR("push-hearer")

/* One registration: an app server and a node, of one device. */
struct push_target {
	struct arena arena; /* has all strings below */
	struct str key;
	struct str jid, node;
	struct str room; /* it was enabled at this room, for what is said there; empty: for all */
	const struct xml *form;
	bool has_priority;
	struct push_web web; /* instead of an app server */
	struct str client;   /* who enabled it: model/client.h; empty: not known */
	struct str resource; /* and its resource at that time */
	usec_t wall_enabled, wall_pushed, wall_answered; /* 0: never */
	char answer[PUSH_ANSWER_MAX + 1]; /* the last one, a word: "ok", "item-not-found" */
	unsigned failures;                /* in a row */
	bool is_disabled;                 /* for good: the device must enable it again */
};

/* The key of a registration's row, in the arena. room: where it was enabled; empty: at the account.
 */
struct str push_target_key(struct arena *a, struct str jid, struct str node, struct str room);

/* A registration as the client asks for it, at the account; all is copied. Never NULL. */
struct push_target *push_target_new(const struct push_enable *e, struct str client,
				    struct str resource);

/* It is for one room alone. */
void push_target_set_room(struct push_target *t, struct str room);
void push_target_free(struct push_target **t);

/* Cuts what is too long. */
void push_target_answer(struct push_target *t, struct str answer);

/* Its row, in the arena (STR_NONE: past PUSH_ROW_MAX), and back. ERR_INVALID. */
struct str push_target_encode(const struct push_target *t, struct arena *a);
must_check enum err push_target_decode(struct str key, struct str value,
				       struct push_target **ret_target);

/* How long nothing is sent after so many failures in a row (at least 1), if first is the time after
 * the first one. */
usec_t push_backoff(unsigned failures, usec_t first);
#define PUSH_BACKOFF_MAX (6 * USEC_PER_HOUR)

/* ---- which conversations are quiet ---- */

enum push_level { PUSH_UNSET, PUSH_ALWAYS, PUSH_ON_MENTION, PUSH_NEVER };

/* What a user wants of one conversation, by the kind of device: the most special counts. */
struct push_levels {
	enum push_level any, client, phone, web;
	usec_t wall_until; /* what is PUSH_NEVER, not for phones alone, ends then; 0: never */
};

/* Reads {urn:xmpp:notification-settings:1}notify, and {urn:parley:chats:0}place beside it, out of
 * what holds them (docs/inbox.md), which may be NULL. */
struct push_levels push_levels_read(const struct xml *holder);
bool push_levels_are_set(const struct push_levels *l);

/* For a phone or (is_web) a browser at a time; PUSH_UNSET: the user has not said. */
enum push_level push_level_of(const struct push_levels *l, bool is_web, usec_t wall);

/* A row's value and back: four characters, and the microseconds of wall_until. ERR_INVALID. */
struct str push_levels_encode(const struct push_levels *l, struct arena *a);
must_check enum err push_levels_decode(struct str value, struct push_levels *ret_levels);
