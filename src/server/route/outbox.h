/* SPDX-License-Identifier: Apache-2.0 */
/* An entity's outbox: what its stanzas lead to, in their order, released when everything before is
 * durable. Slots are cheap and there is none while nothing waits. See docs/architecture.md, "What
 * anybody sees is durable". */
#pragma once

#include "base/list.h"
#include "server/route/effect.h"
#include "server/store/txn.h"

struct dispatch;
struct entity;
struct proposal;

enum way {
	WAY_OUT,    /* from one of the entity's own resources */
	WAY_IN,     /* to the entity */
	WAY_SERVER, /* of hooks only: to the server itself, by those who are not its users; the
		       dispatch is WAY_IN */
};

enum slot_state {
	SLOT_ASKING,    /* own txn, another entity has still to say what it adds */
	SLOT_READY,     /* own txn, complete; waits for earlier ones to be handed over */
	SLOT_COMMITTED, /* own txn is with the store */
	SLOT_FOREIGN,   /* another entity's txn decides */
	SLOT_TURN, /* waits to be the first, and then for dispatch to be resumed: settle_in_turn */
	SLOT_DONE, /* may be released */
};

struct slot {
	struct list link;
	struct outbox *outbox;
	struct entity *entity; /* the outbox's owner */
	enum slot_state state;
	enum err err; /* of the commit */
	struct txn *txn;
	int64_t seq;                /* place in the entity's archive, 0: none */
	unsigned refusal;           /* enum condition, of a message that its receiver refused */
	bool is_refusal_brief;      /* it may be tried again (type wait) */
	struct bytes *refusal_text; /* the receiver's word; one count is the slot's; NULL: none */
	struct effect *effects;     /* on the heap; set by slot_set_effects */
	/* Called once when the slot is released after a failure, before it is freed; effects are
	 * dropped then. */
	void (*on_fail)(struct slot *s);
	struct proposal *proposal; /* whose answer or commit is waited for; told about the commit */
	/* SLOT_TURN: called once when all before is durable and released and the entity waits for
	 * nothing else. */
	void (*on_turn)(struct dispatch *d);
	void (*drop)(struct dispatch *d); /* frees dispatch, when the process ends before */
	struct dispatch *dispatch;
	enum way way;
	uint64_t resource; /* of the sender, WAY_OUT */
	struct slot_origin {
		unsigned kind, type;     /* enum stanza_kind, stanza_type of what led here */
		struct str id, from, to; /* in name */
	} origin;
	char name[];
};

enum {
	OUTBOX_SLOTS_MAX = 1024, /* with more, nothing of the entity's own clients is handled until
				    some are released */
	OUTBOX_IN_MAX = 2048,    /* with more, what comes from others is refused */
};

/* What an outbox needs of those above it. */
struct outbox_ops {
	/* Carries out one effect of e. */
	void (*perform)(struct entity *e, struct effect *effect);
	/* Hands t to the store, which calls t->done. */
	void (*submit)(struct entity *e, struct txn *t);
	/* The txn of a proposal ended: its receiver is told. */
	void (*committed)(struct entity *e, struct proposal **p, enum err err);
	/* Keeps e in memory, and lets it go again. */
	void (*pin)(struct entity *e);
	void (*unpin)(struct entity *e);
	/* Something was released: e may go on with its inbox. */
	void (*wake)(struct entity *e);
	/* Whether e waits for something: nobody takes his turn then. */
	bool (*is_busy)(const struct entity *e);
};

struct outbox {
	const struct outbox_ops *ops;
	struct entity *entity; /* owner */
	struct list slots;
	struct slot
		*unsent; /* nothing in front of it is ASKING or READY; NULL: nothing at all is */
	unsigned count;
	unsigned txns;     /* slots whose own txn has not ended */
	int64_t newest;    /* place in the archive behind which it is now: of the slot that was
			      released last, at first of what was there when the entity was loaded */
	bool is_releasing; /* effects of a slot are being carried out: what they lead to stands
			      behind it */
	unsigned routes;   /* slots that have something for other addresses: nothing may overtake it
			      (RFC 6120 10.1) */
};

void outbox_init(struct outbox *o, struct entity *entity, const struct outbox_ops *ops);

/* Nothing waits, and nothing is being released. */
static inline bool outbox_is_empty(const struct outbox *o)
{
	return o->count == 0 && !o->is_releasing;
}

/* Appends a slot. Effects (on the heap) and txn are the slot's from now on; strings of origin are
 * copied. */
struct slot *outbox_add(struct outbox *o, enum slot_state state, const struct slot_origin *origin);

/* Gives the slot its effects (on the heap), which are its from now on. */
void slot_set_effects(struct slot *s, struct effect *effects);

/* Hands ready txns to the store in order, and releases from the front what is done. */
void outbox_pump(struct outbox *o);

/* The slot's own or foreign commit ended: with err the slot fails. Releases what can be released.
 */
void outbox_resolve(struct slot *s, enum err err);

/* Newest seq that may be shown (last_seq: the newest that was given): it and all below are durable,
 * or failed. Never 0. Between a seq's making and its slot the entity is busy. */
int64_t outbox_visible(const struct outbox *o, int64_t last_seq);

/* Frees effects and drops their counts, without carrying them out. */
void effects_free(struct effect *list);

/* Frees all slots (txns at the store come back to nothing): for an entity that goes with its
 * process. */
void outbox_done(struct outbox *o);
