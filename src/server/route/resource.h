/* SPDX-License-Identifier: Apache-2.0 */
/* A bound resource of a user (RFC 6121 1.3), as the router and the features see it. The session floor makes it, embeds it, and takes the
 * bytes. Lives with its entity, on the entity's loop. */
#pragma once

#include "base/bytes.h"
#include "base/list.h"
#include "xmpp/jid.h"

struct dispatch;
struct entity;
struct resource;
struct txn;
struct xml;

struct resource_ops {
	/* One stanza (or nonza) for the client. Takes a count of its own if it keeps it. seq: see effect.h. */
	void (*deliver)(struct resource *r, struct bytes *bytes, int64_t seq);
	/* Ends the session with a stream error (condition name of RFC 6120 4.9.3) and this text. */
	void (*kick)(struct resource *r, unsigned stream_condition, struct str text);
	/* A stanza of r starts to be handled: it counts for XEP-0198. */
	void (*on_handled)(struct resource *r);
	/* What r's stanza leads to is about to be stored: the count goes along. */
	void (*on_store)(struct resource *r, struct txn *txn);
	/* An element that is no stanza, in its place among them (XEP-0198, XEP-0352). */
	void (*on_nonza)(struct resource *r, struct dispatch *d, const struct xml *el);
};

struct resource {
	struct list link; /* in entity->resources, in order of binding */
	struct entity *entity;
	const struct resource_ops *ops;
	uint64_t id; /* of this home, never used again */
	struct jid jid; /* full, owned */

	/* presence, kept by feature/presence */
	bool is_available;
	bool is_interested; /* asked for the roster (RFC 6121 2.1.6) */
	bool had_presence;  /* has sent available presence at least once */
	int8_t priority;
	bool is_closed_in_order; /* while it ends: the client closed its stream, it did not just vanish */
	struct bytes *presence; /* last available presence as sent, with from and without to; NULL if unavailable */

	void *state; /* slots of the features, see registry.h */
};

/* Sets jid (copied) and id, takes its place among the entity's resources. The caller has set ops. */
void resource_init(struct resource *r, struct entity *e, struct jid jid);

/* Takes it out and frees what it owns. */
void resource_done(struct resource *r);

/* By id or by resource part; NULL if it is not there (any more). */
struct resource *resource_by_id(const struct entity *e, uint64_t id);
struct resource *resource_by_name(const struct entity *e, struct str name);

/* Walks the resources; the current one may go on the way. */
#define resource_each(r, e)                                                                                    \
	for (struct resource *r = resource_at((e), (e)->resources.next), *r##_next = resource_after((e), r); r; \
	     r = r##_next, r##_next = resource_after((e), r))

/* For resource_each: the resource of a link, NULL at the head; and the one behind r. */
struct resource *resource_at(const struct entity *e, struct list *link);
struct resource *resource_after(const struct entity *e, const struct resource *r);
