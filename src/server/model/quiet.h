/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box of an account: strangers whose requests and first messages wait there without a
 * sound (docs/quiet.md). State and how it looks in the store, without XML or store. One thread at a
 * time. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"

enum {
	QUIET_MESSAGE_MAX = 64 * 1024, /* bytes of a message that is kept */
	QUIET_SEEN_MAX = 32, /* people outside of the box of whom an account remembers in memory
				whether they are strangers */
};
#define QUIET_SEEN_USEC (10 * USEC_PER_MIN) /* for so long */

enum quiet_state {
	QUIET_WAITING,
	QUIET_ACCEPTED, /* the messages are being delivered, in order */
	QUIET_REFUSED,  /* they are being taken away */
};

/* One stranger. */
struct quiet_item {
	struct str jid; /* bare, owned */
	enum quiet_state state;
	bool has_request; /* he asks to see the user's presence; the roster has it (PENDING_IN) */
	usec_t wall_since, wall_last;
	uint64_t first, next; /* numbers of his messages: first <= n < next; rows of
				 QUIET_MAIL_SPACE */
	uint64_t last_put;    /* which of all messages since the account was loaded is his last;
				 0: none. Not in the store */
	uint64_t lost;        /* messages that there was no room for */
	uint64_t bytes;       /* of the messages */
};

struct quiet {
	bool is_set, is_on; /* the user's own switch; not set: as the server has it */
	struct map items;   /* jid -> struct quiet_item */
	uint64_t bytes;     /* of all messages */
	uint64_t puts;      /* messages since the account was loaded */
	bool is_leaving;    /* items that leave are being worked on */
	struct quiet_seen {
		uint64_t hash; /* of the bare JID; 0: free */
		bool is_stranger;
		usec_t at; /* monotonic */
	} seen[QUIET_SEEN_MAX];
	unsigned next_seen;
};

struct quiet *quiet_new(void) __attribute__((returns_nonnull));
void quiet_free(struct quiet **q);

/* q may be NULL. */
struct quiet_item *quiet_find(const struct quiet *q, struct str jid);

/* Finds or makes one that waits since now. */
struct quiet_item *quiet_get(struct quiet *q, struct str jid, usec_t wall_now);
void quiet_remove(struct quiet *q, struct quiet_item *item);

/* One message more, of so many bytes: its number. */
uint64_t quiet_add_message(struct quiet *q, struct quiet_item *item, size_t bytes);

/* The messages with numbers below are gone; with all of them gone their bytes are, too. */
void quiet_drop_messages(struct quiet *q, struct quiet_item *item, uint64_t below);

/* What is remembered of somebody, by hash (not 0); false: nothing, or it is too old. */
bool quiet_recall(const struct quiet *q, uint64_t hash, usec_t now, bool *ret_is_stranger);
void quiet_remember(struct quiet *q, uint64_t hash, usec_t now, bool is_stranger);

/* ---- in the store ---- */

#define QUIET_SPACE STR("quiet-box") /* key: the stranger; empty: the switch */
#define QUIET_MAIL_SPACE                                                                           \
	STR("quiet-mail")                    /* key: quiet_mail_key; value: when it came, a space, \
						the message */
#define QUIET_KNOWN_SPACE STR("quiet-known") /* key: who was accepted; no value */

struct str quiet_item_encode(const struct quiet_item *item, struct arena *a);
struct str quiet_switch_encode(bool is_on);

/* A row of QUIET_SPACE. ERR_INVALID for what no version of this program wrote; q is then unchanged.
 */
must_check enum err quiet_decode(struct quiet *q, struct str key, struct str value);

/* All keys of one stranger sort together, by number. */
struct str quiet_mail_key(struct str jid, uint64_t number, struct arena *a);

/* The number, if key is of jid. */
must_check enum err quiet_mail_key_read(struct str key, struct str jid, uint64_t *ret_number);

struct str quiet_mail_encode(usec_t wall, struct str stanza, struct arena *a);

/* A view of value. ERR_INVALID as above. */
must_check enum err quiet_mail_decode(struct str value, usec_t *ret_wall, struct str *ret_stanza);
