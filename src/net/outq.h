/* SPDX-License-Identifier: Apache-2.0 */
/* What a transport has still to send: a queue of counted bytes. The queue's links come from a pool
 * of the loop, so that a queue that empties every turn allocates nothing. Belongs to one loop. */
#pragma once

#include "base/bytes.h"

#include <sys/uio.h>

enum {
	OUTQ_CHUNK_REFS = 30,
	OUTQ_SPARE_MAX = 256, /* chunks that a pool keeps */
};

struct outq_chunk {
	struct outq_chunk *next;
	uint16_t first, end; /* refs[first] up to refs[end - 1] wait */
	struct bytes *refs[OUTQ_CHUNK_REFS];
};

struct outq_pool {
	struct outq_chunk *spare;
	unsigned count;
};

/* All zero is an empty queue. */
struct outq {
	struct outq_chunk *head, *tail;
	size_t unsent; /* bytes */
	uint32_t skip; /* bytes of the first ref that have left */
};

void outq_pool_done(struct outq_pool *pool);

/* Lets go of everything that waits. */
void outq_clear(struct outq *q, struct outq_pool *pool);

/* Appends data with a count of its own; empty data is ignored. ERR_TOO_BIG, with q unchanged, if
 * more than limit bytes would wait. */
must_check enum err outq_push(struct outq *q, struct outq_pool *pool, struct bytes *data,
			      size_t limit);

/* Up to max parts of what waits, oldest first; gives their number and the sum of their bytes. */
unsigned outq_parts(const struct outq *q, struct iovec *iov, unsigned max, size_t *ret_bytes);

/* Copies up to max bytes of what waits to buf without taking them out. */
size_t outq_peek(const struct outq *q, char *buf, size_t max);

/* Takes the first n bytes out; n is at most unsent. */
void outq_drop(struct outq *q, struct outq_pool *pool, size_t n);
