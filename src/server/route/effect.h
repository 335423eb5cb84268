/* SPDX-License-Identifier: Apache-2.0 */
/* What a handled stanza leads to: carried out at once when nothing of the entity waits for a
 * commit, else kept in its outbox until all before it is durable (DECISIONS 7). */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "server/route/audience.h"
#include "xml/tree.h"

struct dispatch;
struct entity;

enum effect_kind {
	EFFECT_DELIVER, /* bytes to one of the entity's own resources */
	EFFECT_ROUTE,   /* a stanza to another address */
	EFFECT_SHARE,   /* one to many addresses: route/audience.h */
	EFFECT_CALL,    /* a function: acknowledgements, wake-ups */
};

struct effect {
	struct effect *next;
	enum effect_kind kind;
	uint64_t resource;         /* DELIVER: id, see resource.h; it may be gone by then */
	struct xml *el;            /* in the dispatch's arena; NULL once it is serialised */
	struct dispatch *dispatch; /* whose arena el is in; NULL: the caller's of perform */
	struct bytes *bytes;       /* one count is the effect's */
	bool is_quiet;             /* ROUTE: for a service; without it nobody hears of that */
	bool may_wait;             /* DELIVER: behind what waits for that client (route/hold.h) */
	int64_t seq;               /* DELIVER: place in the entity's archive, 0: not stored */
	usec_t received; /* DELIVER: when the stanza was read from its sender, 0: unknown */
	void (*call)(struct entity *e, void *arg, enum err err);
	void *arg;                 /* CALL */
	struct audience *audience; /* SHARE; one count is the effect's */
	struct audience_view view;
};

/* Whether it leaves the entity: nothing may overtake it then (RFC 6120 10.1). */
static inline bool effect_leaves(const struct effect *effect)
{
	return effect->kind == EFFECT_ROUTE || effect->kind == EFFECT_SHARE;
}

/* Drops its counts. */
void effect_done(struct effect *effect);
