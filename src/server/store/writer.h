/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of a store: a bounded queue of txns, one thread that commits all that is waiting, and
 * chores between the commits. */
#pragma once

#include "server/store/backend.h"

struct writer;

typedef void (*expire_fn)(void *arg, enum err e, uint64_t removed);

/* Starts the thread. config and backend stay until writer_free. ERR_BUSY when there is no thread to
 * be had. */
must_check enum err writer_new(const struct store_config *config, void *backend,
			       struct writer **ret_writer);

/* Commits what is queued, ends unfinished expiries with ERR_CLOSED, and ends the thread. Blocks. */
void writer_free(struct writer **w);

/* See store_commit and store_expire. On a loop. */
void writer_commit(struct writer *w, struct txn *t);
void writer_expire(struct writer *w, struct str owner, usec_t wall_before, expire_fn fn, void *arg);

/* Calls fn(arg) behind each batch, on the thread; NULL: no more, when this returns. Any thread. */
void writer_watch(struct writer *w, void (*fn)(void *arg), void *arg);

/* The index is done with removals up to gone. Any thread. */
void writer_forget(struct writer *w, int64_t gone);
