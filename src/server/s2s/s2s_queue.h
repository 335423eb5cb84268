/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas for one other server, in order: those that wait, and in front of them those that were
 * sent and are kept until they are acknowledged (XEP-0198). Bounded. On the loop of its owner. */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"

enum {
	S2S_QUEUE_STANZAS = 20000, /* of one server */
	S2S_STANZA_COST = 256,     /* bytes that a stanza counts beside its text */
};

struct s2s_item {
	struct s2s_item *next;
	struct bytes *stanza; /* a count is the item's */
	usec_t since;         /* when it came */
	bool is_quiet;        /* nobody hears if it cannot be sent */
};

struct s2s_queue {
	struct s2s_item *first, **last;
	struct s2s_item *unsent; /* the first that was not sent on this stream */
	size_t count, sent;      /* of all; of those in front of unsent */
	size_t bytes;            /* cost of all */
};

void s2s_queue_init(struct s2s_queue *q);

/* Frees what is left, without a word. */
void s2s_queue_done(struct s2s_queue *q);

/* Appends, with a count of its own. ERR_TOO_BIG: it would pass max_bytes or S2S_QUEUE_STANZAS. */
must_check enum err s2s_queue_push(struct s2s_queue *q, struct bytes *stanza, bool is_quiet,
				   size_t max_bytes);

/* The next to be sent, which stays in q as sent; NULL: there is none. */
struct s2s_item *s2s_queue_next(struct s2s_queue *q);

/* Takes out the first, to be given to s2s_item_free; NULL: q is empty. */
struct s2s_item *s2s_queue_take(struct s2s_queue *q);

/* Drops the first count that were sent. ERR_INVALID: so many were not. */
must_check enum err s2s_queue_ack(struct s2s_queue *q, size_t count);

/* All that was sent is to be sent again: the stream it went to has gone. */
void s2s_queue_rewind(struct s2s_queue *q);

void s2s_item_free(struct s2s_item *item);
