/* SPDX-License-Identifier: Apache-2.0 */
/* Latencies of a run in buckets 1.6 % wide (up to 4 hours), and the order of numbered messages. One
 * thread. */
#pragma once

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define TALLY_FINE    64 /* buckets a power of two */
#define TALLY_BUCKETS ((size_t)(29 * TALLY_FINE))

struct tally {
	uint64_t count;
	uint64_t buckets[TALLY_BUCKETS];
};

/* Counts one latency; negative ones count as 0. */
void tally_add(struct tally *t, usec_t latency);

/* The latency that the part (0.5, 0.99, ...) of all does not pass, in milliseconds; 0 when nothing
 * was counted. */
double tally_ms(const struct tally *t, double part);

/* What has come in of one direction's numbers 0, 1, 2, ... */
struct order {
	uint64_t next;    /* the number that is due */
	uint64_t seen;    /* bit i: number next - 1 - i has come */
	uint64_t skipped; /* numbers jumped over so far; a late one is taken off again */
	uint64_t late;    /* came after a higher one */
	uint64_t twice;   /* came again (or later than 64 others) */
};

/* False when the number was counted as coming twice. */
bool order_add(struct order *o, uint64_t number);
