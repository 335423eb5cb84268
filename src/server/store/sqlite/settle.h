/* SPDX-License-Identifier: Apache-2.0 */
/* How entries come into archives (docs/adr/0016). What the writer appends is young: it stands in
 * the row of its body, and in memory (young.h). Later it is settled into the table entry, a
 * generation at a time, a little with each commit; or at once, when it is about to be changed or
 * taken away. What is settled stands in the file: the first newest body of a start knows what is
 * young. The store's writer thread. */
#pragma once

#include "server/store/sqlite/db.h"
#include "server/store/sqlite/young.h"
#include "server/store/txn.h"

enum {
	YOUNG_SETTLED = 0x40000000, /* of flags_a and flags_b of a body: the entry has been moved to
				       the table by itself; not by its generation */
};

/* The row young_state. Young is what a body of an id behind goal has; and behind base, of owners
 * behind owner; and is not YOUNG_SETTLED. */
struct settle_state {
	int64_t base;  /* bodies up to this id are settled */
	int64_t goal;  /* the generation that is being settled ends here; base: there is none */
	int64_t owner; /* of it the owners up to this one are settled */
	int64_t step;  /* rises with each txn that settles */
};

struct settle {
	struct db *db;
	struct young young;
	struct settle_state state, next; /* durable, and of the txn that is open */
	size_t limit;                    /* entries of a generation */
	int64_t last_body;               /* the newest id that was given */
	int64_t credit, credit_before;   /* entries that are to be settled by now */
	bool is_open;
};

/* One that is appended; peer is what the table has. */
struct settle_entry {
	int64_t owner, seq, peer, dedup;
	unsigned flags;
};

/* Takes the young entries out of the file. limit: entries of a generation; 0: YOUNG_GENERATION. */
must_check enum err settle_init(struct settle *s, struct db *d, size_t limit);
void settle_done(struct settle *s);

/* Around each txn. prepare goes in front of COMMIT: it settles a part of the oldest generation. */
void settle_begin(struct settle *s);
must_check enum err settle_prepare(struct settle *s);
void settle_commit(struct settle *s);
void settle_rollback(struct settle *s);

/* A body with its entries (at most ARCHIVE_ENTRIES_MAX). ERR_EXISTS: an owner has such a seq. */
must_check enum err settle_append(struct settle *s, usec_t wall_time, struct str stanza,
				  const struct settle_entry *entries, unsigned count);

/* Settles what owner has from low to high. */
must_check enum err settle_range(struct settle *s, int64_t owner, int64_t low, int64_t high);

/* Settles all entries that the body of owner's entry seq began with. */
must_check enum err settle_body(struct settle *s, int64_t owner, int64_t seq);
