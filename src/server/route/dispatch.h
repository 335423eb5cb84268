/* SPDX-License-Identifier: Apache-2.0 */
/* One stanza being handled by one entity: the tree in an arena, what is to be stored, and what it
 * leads to. Features get a dispatch and use the functions below; nothing they do is seen by anybody
 * before the dispatch's txn is durable. */
#pragma once

#include "server/route/entity.h"
#include "xmpp/condition.h"

enum verdict {
	PASS, /* go on with the next hook */
	DONE, /* handled: nothing more is run */
	WAIT, /* look-up under way; dispatch_resume goes on behind this hook or handler */
};

/* To whom a stanza speaks that the server answers itself. */
enum target {
	TARGET_DOMAIN = 1,    /* the server */
	TARGET_SELF = 2,      /* the sender's own account */
	TARGET_OTHER = 4,     /* an account of somebody else, on its behalf */
	TARGET_SERVER = 8,    /* the server, asked by somebody who is not its user: a component */
	TARGET_RESOURCE = 16, /* a client of an account, but the server answers all the same */
	TARGET_STRANGER = 32, /* with TARGET_OTHER: also for who may not see the account's presence;
				 to him there is no account where this does not stand */
};

struct dispatch {
	struct list spare; /* in home->dispatches */
	struct home *home;
	struct entity *entity;
	enum way way;
	enum target target;        /* for iq handlers */
	struct resource *resource; /* WAY_OUT: the sender; may become NULL while a dispatch waits */
	uint64_t resource_id;
	struct stanza stanza;
	struct arena *arena; /* own_arena, or that of the dispatch around */
	struct arena own_arena;
	struct txn *txn;              /* NULL while nothing is stored */
	bool is_txn_borrowed;         /* it is the sender's: WAY_IN with a proposal */
	struct dispatch *arena_owner; /* whose own_arena it is; counted */
	unsigned arena_users;
	struct effect *effects, **last_effect;
	usec_t received;
	int64_t seq;      /* given to the message in the entity's archive, 0: none */
	bool is_stored;   /* a message that goes to the archive of both sides */
	bool is_hidden;   /* WAY_IN: stored, but not in the archive: it waits for a client only */
	bool is_quiet;    /* WAY_IN: from a stranger to somebody with a quiet box (server/quiet):
			     kept there, and nobody hears of it */
	bool is_released; /* WAY_IN: a message that has waited in the quiet box */
	bool has_refusal; /* WAY_IN: refused with this condition */
	bool has_propose; /* WAY_OUT: phase DELIVER asked for proposing the message to its receiver
			   */
	bool is_waiting;
	enum condition refusal;
	struct bytes *refusal_text;          /* a count; NULL: none */
	bool is_refusal_brief;               /* of type wait: what was refused may be tried again */
	struct proposal *proposal;           /* WAY_IN: the sender waits */
	struct receipt *receipt;             /* as the parcel's */
	unsigned next_hook;                  /* where to go on after WAIT */
	void (*resumed)(struct dispatch *d); /* what goes on after WAIT */
	void *wait_arg;                      /* a feature's, while it waits */
	/* WAY_OUT without a resource: who sent the stanza for the account gets the answers, instead
	 * of dispatch_reply's usual way. */
	void (*on_reply)(struct dispatch *d, struct xml *reply);
	void *reply_arg;
	struct slot *turn; /* its place, of one that settle_in_turn has made wait */
	void (*on_turn)(struct dispatch *d); /* what is called then */
	bool is_alone;                       /* the same, of settle_alone */
};

/* ---- for features ---- */

/* What is written together with everything else of this stanza. Made at the first call. */
struct txn *dispatch_txn(struct dispatch *d);

/* Serialised into the loop's scratch: stays until the next element is serialised. Empty as below.
 */
struct str dispatch_text(struct dispatch *d, const struct xml *el);

/* Serialised once, for several deliveries; the caller's count. Empty, which nobody gets, for what
 * is longer than HOME_SCRATCH_MAX. */
struct bytes *dispatch_bytes(struct dispatch *d, const struct xml *el);

/* el (in the dispatch's arena) or bytes to a resource of the handling entity. */
void dispatch_deliver(struct dispatch *d, struct resource *r, struct xml *el);
void dispatch_deliver_bytes(struct dispatch *d, struct resource *r, struct bytes *bytes);

/* The same for a message from the archive: seq is its place, so that its delivery is noted. */
void dispatch_deliver_stored(struct dispatch *d, struct resource *r, struct bytes *bytes,
			     int64_t seq);

/* A stanza (with from and to set) to whomever it is addressed to; nowhere, if the account blocks
 * him: errors only (route/blocking.h); or if it is held, and he a stranger (route/held.h). */
void dispatch_route(struct dispatch *d, struct xml *el);

/* The same to a service that looks on: if it cannot be reached nobody gets an error. */
void dispatch_route_quietly(struct dispatch *d, struct xml *el);

/* el, without to, to everybody in a (route/audience.h), of which it takes a count. */
void dispatch_share(struct dispatch *d, struct audience *a, const struct xml *el);
void dispatch_share_bytes(struct dispatch *d, struct audience *a, struct bytes *bytes);

/* The same for some of them. */
void dispatch_share_view(struct dispatch *d, struct audience *a, struct audience_view view,
			 struct bytes *bytes);

/* call(entity, arg, err) when all before is durable, or has failed. */
void dispatch_call(struct dispatch *d, void (*call)(struct entity *e, void *arg, enum err err),
		   void *arg);

/* Answers the stanza: el goes to its sender. DONE. */
enum verdict dispatch_reply(struct dispatch *d, struct xml *el);

/* The same with an iq result without children, and with an error (nothing if it may not be
 * answered). DONE. */
enum verdict dispatch_result(struct dispatch *d);
enum verdict dispatch_error(struct dispatch *d, enum condition c);
enum verdict dispatch_error_text(struct dispatch *d, enum condition c, struct str text);

/* The same of type wait, whatever type the condition has otherwise: it may be tried again later. */
enum verdict dispatch_error_wait(struct dispatch *d, enum condition c, struct str text);

/* The error as they send it, to add something to before dispatch_reply. Only for what may be
 * answered with one, and nothing whose sender waits (proposal). */
struct xml *dispatch_error_new(struct dispatch *d, enum condition c, struct str text);

/* Before returning WAIT: the entity handles nothing else until dispatch_resume, which calls fn and
 * ends the dispatch (for an iq handler fn must reply); for a hook, NULL goes on with the next hook.
 */
enum verdict dispatch_wait(struct dispatch *d, void (*fn)(struct dispatch *d));

/* For a hook: dispatch_resume runs the same hook again. */
enum verdict dispatch_wait_again(struct dispatch *d);
void dispatch_resume(struct dispatch *d);

/* ---- for the router ---- */

/* A dispatch of e; around: the one that it is run inside of and whose arena it shares, or NULL. */
struct dispatch *dispatch_begin(struct entity *e, enum way way, struct dispatch *around);

/* Drops all that was not taken out, and gives it back. */
void dispatch_end(struct dispatch *d);

/* Moves the effects to the heap, serialised. */
struct effect *dispatch_take_effects(struct dispatch *d);

/* Frees the home's spare dispatches. */
void dispatch_free_spares(struct home *h);
