/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of archives that stand in the body rows of their messages and not yet in the table entry
 * (docs/adr/0016): an owner's together, in generations. The writer adds to the newest one and
 * settles the oldest one into the table, owner by owner; readers see what belongs to their snapshot
 * (young_table.h). One writer thread; any number of readers, each with a view. */
#pragma once

#include "base/map.h"

#include <pthread.h>

enum {
	/* Entries of one owner in one generation: what a reader looks at for one question, and the
	 * most that is settled at once. Further ones go to the table at once, where they lie side
	 * by side. */
	YOUNG_OF_OWNER_MAX = 1024,
	YOUNG_GENERATION = 65536, /* entries: then it is settled */
};

struct young_entry {
	int64_t seq, body, peer, dedup;
	int64_t settled; /* the step that took it to the table; 0: none has */
	unsigned flags;
};

/* What one owner has in one generation, rising by seq. */
struct young_owner {
	int64_t id;
	/* The newest entry that he has anywhere, or a newer one. Of the newest generation, while
	 * is_known; of the writer. */
	int64_t last;
	bool is_known;
	unsigned count, cap;
	struct young_entry *entries;
};

struct young_generation {
	struct young_generation *older, *newer;
	struct map owners; /* of struct young_owner, by id */
	size_t count;      /* entries */
	int64_t step;      /* the one that settled the last of it; 0: none has */
	/* Of the one that is being settled: its owners by id, and how many are done. */
	struct young_owner **order;
	size_t order_count, done, done_before;
};

/* One reader's. */
struct young_view {
	struct young_view *next;
	int64_t needs; /* generations that were settled by later steps */
	/* The snapshot: the last step and the newest body in it. */
	int64_t step, body;
};

struct young {
	pthread_mutex_t lock; /* of everything that readers look at; the writer alone writes it */
	struct young_generation *oldest, *newest;
	struct young_generation *settling; /* NULL: none */
	struct young_view *views;          /* in use */
	int64_t step;                      /* the last one that is durable */
	/* Of the writer: whom the txn has changed, and the newest body in front of it. */
	struct young_owner **touched;
	size_t touched_count, touched_cap;
	int64_t body_before;
};

/* Which entries: low and high inclusive. */
struct young_range {
	int64_t owner, low, high, peer;
	bool has_peer, is_down;
};

void young_init(struct young *y, int64_t step);
void young_done(struct young *y);

/* ---- the writer ---- */

/* The owner in a generation; NULL: has nothing there. */
struct young_owner *young_find(const struct young_generation *g, int64_t id);

/* The owner in the newest generation, made if need be. Stays until the generation goes. */
struct young_owner *young_owner(struct young *y, int64_t id);

/* The newest seq of owner in all generations; INT64_MIN: none. */
int64_t young_newest(const struct young *y, int64_t owner);

/* Whether owner has a seq that is not settled. */
bool young_has(const struct young *y, int64_t owner, int64_t seq);

/* Behind all that the owner has; a copy. */
void young_add(struct young *y, struct young_owner *o, const struct young_entry *entry);

/* That the table has the entry, from step on. */
void young_settle(struct young *y, struct young_owner *o, struct young_entry *entry, int64_t step);

/* A txn begins; bodies behind body will be its. It ends with one of the two below. */
void young_begin(struct young *y, int64_t body);
void young_undo(struct young *y, int64_t step);
/* step: the one that is durable now. Lets go of generations that nobody looks at. */
void young_commit(struct young *y, int64_t step);

/* Between txns: what is in the newest generation is to be settled now, a new one begins. */
void young_turn(struct young *y);

/* The next owner of the generation that is being settled; NULL: it is through. */
struct young_owner *young_next(struct young *y);

/* Behind young_next and inside a txn: the generation is settled with this step. */
void young_finish(struct young *y, int64_t step);

/* ---- readers ---- */

/* In front of the snapshot, and behind it. step and body are the caller's to set. */
void young_view_begin(struct young *y, struct young_view *v);
void young_view_end(struct young *y, struct young_view *v);

/* Copies up to max entries of the range that belong to the snapshot of v, in its order. Fewer than
 * max: there are no more. */
unsigned young_fetch(struct young *y, const struct young_view *v, const struct young_range *range,
		     struct young_entry *entries, unsigned max);
