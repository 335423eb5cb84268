/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers that stand for owners in the tables, with a bounded memory of them. The store's
 * writer thread. */
#pragma once

#include "base/map.h"
#include "server/store/sqlite/db.h"

struct owners {
	struct map by_jid;  /* struct owner */
	bool has_uncertain; /* numbers given since the last commit */
};

void owners_init(struct owners *o);
void owners_done(struct owners *o);

/* The number of jid; ERR_NOT_FOUND. */
must_check enum err owners_find(struct owners *o, struct db *d, struct str jid, int64_t *ret_id);

/* The same, giving jid a number if it has none. */
must_check enum err owners_make(struct owners *o, struct db *d, struct str jid, int64_t *ret_id);

/* Takes jid's number away; nothing may stand under it any more. */
must_check enum err owners_drop(struct owners *o, struct db *d, struct str jid, int64_t id);

/* What was done since the last of these two calls is durable, or undone. */
void owners_commit(struct owners *o);
void owners_rollback(struct owners *o);
