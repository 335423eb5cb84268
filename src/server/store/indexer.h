/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the index of a store behind its archive: one thread that works off what was committed, in
 * steps, and never holds up a commit. What it has reached stands in the index itself, so that a
 * crash loses nothing and doubles nothing: it goes on from there. */
#pragma once

#include "loop/loop.h"
#include "server/store/backend.h"

struct indexer;
struct writer;

/* Whoever wants to search waits for the index in one of these; it belongs to the indexer until fn
 * is called on the loop that it came from. */
struct index_wait {
	struct letter letter;
	struct index_wait *next;
	struct loop *home;
	void (*fn)(struct letter *l); /* of letter */
};

/* config and backend stay until indexer_free; the back end must have an index. */
must_check enum err indexer_new(const struct store_config *config, void *backend,
				struct indexer **ret_indexer);

/* Starts the thread; the writer forgets what the index has taken away, and lives longer. ERR_BUSY
 * when there is no thread to be had. */
must_check enum err indexer_start(struct indexer *ix, struct writer *w);

/* Ends the thread after one more step. Blocks. */
void indexer_free(struct indexer **ix);

/* Something was committed. Any thread. */
void indexer_ring(struct indexer *ix);

/* Calls w->fn on this loop when all that was committed before is in the index, or when the index
 * lies so far behind that it takes longer than one step. */
void indexer_await(struct indexer *ix, struct index_wait *w);

/* Has the index made anew. Any thread; at once. */
void indexer_rebuild(struct indexer *ix);
