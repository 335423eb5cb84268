/* SPDX-License-Identifier: Apache-2.0 */
/* What block_feed.c (asking and hearing) and block_feed_list.c (the store, and what is in force)
 * share. */
#pragma once

#include "server/model/block_node.h"
#include "server/route/block_feed.h"

enum { FEED_TOKEN_LEN = 12 };

/* One list. */
struct feed_list {
	struct block_node at;
	char token[FEED_TOKEN_LEN + 1]; /* of the question that is under way; empty: none is */
	usec_t due;                     /* monotonic: when it is asked again */
	bool is_matching;               /* the store is made equal to what was said */
	bool is_stale;                  /* something was said meanwhile */
	bool is_lost;                   /* it was logged that it does not answer */
	size_t count;                   /* items in force */
	struct arena arena;             /* of seen */
	struct map seen;                /* id -> struct feed_item: of the answer so far */
};

struct feed_item {
	struct str id;
	bool is_kept; /* it stands in the store */
};

struct block_feed {
	struct home *home; /* of the server's domain */
	struct letter start;
	struct timer tick, rebuild;
	struct arena arena; /* of the lists' names */
	struct conf *conf;  /* a count: what the lists were read from */
	struct feed_list lists[BLOCK_NODES_MAX];
	unsigned count;
	bool is_building, is_dirty;
	size_t in_force;
};

/* The list of that place, or NULL. */
struct feed_list *feed_find(struct block_feed *f, struct str service, struct str node);

/* Begins what l has seen anew. */
void feed_forget(struct feed_list *l);

/* Makes the store equal to what l has seen, which is then forgotten; and all homes after it. */
void feed_match(struct block_feed *f, struct feed_list *l);

/* Puts together what all lists say and gives it to all homes, soon. */
void feed_rebuild(struct block_feed *f);
