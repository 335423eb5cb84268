/* SPDX-License-Identifier: Apache-2.0 */
/* A bound resource of a user (RFC 6121 1.3), as the router and the features see it. The session
 * floor makes it, embeds it, and takes the bytes. Lives with its entity, on the entity's loop. */
#pragma once

#include "base/bytes.h"
#include "base/list.h"
#include "server/model/client.h"
#include "xmpp/jid.h"

struct client_caps;
struct dispatch;
struct entity;
struct held_queue;
struct resource;
struct txn;
struct xml;

struct resource_ops {
	/* One stanza (or nonza) for the client. Takes a count of its own if it keeps it. seq: see
	 * effect.h. */
	void (*deliver)(struct resource *r, struct bytes *bytes, int64_t seq);
	/* Whether so little waits for the client that as much as half of what may wait can follow.
	 * If not, and only then, it is asked for an acknowledgement; ask again after a while.
	 * Optional. */
	bool (*drain)(struct resource *r);
	/* Ends the session with a stream error (condition name of RFC 6120 4.9.3) and this text. */
	void (*kick)(struct resource *r, unsigned stream_condition, struct str text);
	/* More waits for the client than is kept for it: its session ends, at a later turn of the
	 * loop. Optional. */
	void (*overrun)(struct resource *r);
	/* A stanza of r starts to be handled: it counts for XEP-0198. */
	void (*on_handled)(struct resource *r);
	/* What r's stanza leads to is about to be stored: the count goes along. */
	void (*on_store)(struct resource *r, struct txn *txn);
	/* Whether somebody may be looking: it is connected, and has not said that it is inactive
	 * (XEP-0352). Optional: yes. */
	bool (*is_awake)(const struct resource *r);
	/* An element that is no stanza, in its place among them (XEP-0198, XEP-0352). */
	void (*on_nonza)(struct resource *r, struct dispatch *d, const struct xml *el);
};

struct resource {
	struct list link; /* in the entity's list, in order of binding */
	struct resource_list *list;
	struct entity *entity;
	const struct resource_ops *ops;
	uint64_t id;    /* of this home, never used again */
	struct jid jid; /* full, owned */
	usec_t wall_bound;
	char client_id[CLIENT_ID_LEN +
		       1]; /* see model/client.h; empty: it has not said who it is */

	/* presence, kept by feature/presence */
	bool is_available;
	bool is_interested; /* asked for the roster (RFC 6121 2.1.6) */
	bool had_presence;  /* has sent available presence at least once */
	bool is_invisible;  /* contacts do not see it (XEP-0186). Kept by feature/invisible */
	bool may_probe;     /* while invisible: asks contacts how they are */
	usec_t wall_hidden; /* since when it is invisible */
	int8_t priority;
	bool is_closed_in_order; /* while it ends: the client closed its stream, it did not just
				    vanish */
	struct str *directed;    /* addresses that got directed presence (RFC 6121 4.6), owned */
	size_t directed_count;
	struct client_caps *caps; /* one count; NULL: nothing is known. Kept by feature/caps */
	struct client_caps *told; /* one count; for what of it last items were sent since it became
				     available (server/pep/pep_online.h) */
	struct bytes *presence;   /* last available presence as sent, with from and without to; NULL
				     if unavailable */

	int64_t held_from; /* stored messages from this place in the archive on are not delivered by
			      themselves: older ones wait, they are read behind them. 0: none.
			      Kept by feature/offline */
	struct held_queue *held; /* what is not stored and waits with them, route/hold.h; or NULL */

	bool watches_blocking; /* knows the blocked addresses: route/block_change.h */
	bool watches_quiet;    /* wants to be told what waits in the quiet box: feature/quiet */
	bool watches_later;    /* wants to be told of messages for later: feature/later */
	bool watches_inbox; /* wants to be told what changes in conversations. Kept by feature/inbox
			     */

	void *state; /* slots of the features, see registry.h */
};

/* Whether others than the user himself may know that it is there. */
static inline bool resource_is_seen(const struct resource *r)
{
	return r->is_available && !r->is_invisible;
}

/* An entity's resources. */
struct resource_list {
	struct list items;
	unsigned count;
	struct entity *entity;
	uint64_t *last_id;  /* of the home */
	size_t state_bytes; /* of the features' slots */
};

void resource_list_init(struct resource_list *l, struct entity *e, uint64_t *last_id,
			size_t state_bytes);

/* Sets jid (copied) and id, takes its place in l. The caller has set ops. */
void resource_init(struct resource *r, struct resource_list *l, struct jid jid);

/* Takes it out and frees what it owns. */
void resource_done(struct resource *r);

/* By id or by resource part; NULL if it is not there (any more). */
struct resource *resource_by_id(const struct resource_list *l, uint64_t id);
struct resource *resource_by_name(const struct resource_list *l, struct str name);

/* The first one, and the one behind r; NULL at the end. */
struct resource *resource_first(const struct resource_list *l);
struct resource *resource_after(const struct resource *r);

/* Walks the list; the current one may go on the way. */
#define resource_each(r, l)                                                                        \
	for (struct resource *r = resource_first(l), *r##_next = resource_after(r); r;             \
	     r = r##_next, r##_next = resource_after(r))
