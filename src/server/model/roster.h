/* SPDX-License-Identifier: Apache-2.0 */
/* A user's roster and the subscription rules (RFC 6121 2 and 3, Appendix A): state and rules
 * without XML, sockets or store. On the loop of its entity. How an item looks in the store is here,
 * too. */
#pragma once

#include "base/map.h"
#include "xmpp/jid.h"

enum roster_flags {
	ROSTER_TO = 1,          /* the user sees the contact's presence */
	ROSTER_FROM = 2,        /* the contact sees the user's */
	ROSTER_PENDING_OUT = 4, /* ask='subscribe' */
	ROSTER_PENDING_IN = 8,  /* the contact has asked */
	ROSTER_APPROVED = 16,   /* pre-approval, RFC 6121 3.4 */
	ROSTER_LISTED =
		32, /* in the roster that clients see; not set while there is only a request */
};

enum {
	ROSTER_GROUPS_MAX = 32, /* of an item */
	ROSTER_TEXT_MAX = 1023, /* bytes of a name or a group */
	ROSTER_BYTES_MAX =
		2 * 1024 *
		1024, /* of all addresses, names and groups: the whole is sent as one stanza */
	ROSTER_REQUEST_MAX = 4096, /* bytes of a subscription request that is kept whole */
};

struct roster_item {
	struct str jid;     /* bare (or a domain), owned */
	unsigned flags;     /* enum roster_flags */
	struct str name;    /* owned; without pointer: none */
	struct str groups;  /* owned; joined by ROSTER_SEPARATOR */
	struct str request; /* owned; the serialised subscription request while PENDING_IN */
};
#define ROSTER_SEPARATOR '\x1f' /* cannot stand in XML */

struct roster {
	struct map items; /* jid -> struct roster_item */
	uint64_t version;
	size_t listed; /* items with LISTED */
};

struct roster *roster_new(void) __attribute__((returns_nonnull));
void roster_free(struct roster **r);

struct roster_item *roster_find(const struct roster *r, struct str jid);

/* Finds or makes an item without flags. */
struct roster_item *roster_get(struct roster *r, struct str jid);

/* Sets what a client may set; strings are copied. groups as in the item. */
void roster_describe(struct roster *r, struct roster_item *item, struct str name,
		     struct str groups);
void roster_set_request(struct roster_item *item, struct str request);
void roster_set_flags(struct roster *r, struct roster_item *item, unsigned flags);
void roster_remove(struct roster *r, struct roster_item *item);

/* Bytes of all addresses, names and groups. */
size_t roster_bytes(const struct roster *r);

/* "none", "to", "from", "both". */
struct str roster_subscription(const struct roster_item *item);

/* ---- rules (RFC 6121 Appendix A) ---- */

enum subscription_verb { SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED };

struct subscription_change {
	unsigned flags;    /* afterwards */
	bool is_passed_on; /* outbound: routed to the contact; inbound: delivered to the user */
	bool is_push;      /* clients that know the roster are told */
	bool is_answered;  /* inbound: the server answers for the user: SUBSCRIBE with subscribed,
			      UNSUBSCRIBE with unsubscribed */
	bool is_shown;     /* the contact begins to see the user's presence */
	bool is_hidden;    /* the contact ceases to */
};

struct subscription_change subscription_out(unsigned flags, enum subscription_verb verb);
struct subscription_change subscription_in(unsigned flags, enum subscription_verb verb);

/* ---- in the store: space ROSTER_SPACE, key: the JID; the empty key holds the version ---- */

#define ROSTER_SPACE STR("roster")

struct str roster_item_encode(const struct roster_item *item, struct arena *a);
struct str roster_version_encode(const struct roster *r, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err roster_decode(struct roster *r, struct str key, struct str value);
