/* SPDX-License-Identifier: Apache-2.0 */
/* Log-linear buckets and a window of 64 numbers, see tally.h. */
#include "tally.h"

static size_t bucket_of(uint64_t usec)
{
	unsigned power = 0;
	size_t at;

	while ((usec >> power) >= (uint64_t)2 * TALLY_FINE)
		power++;
	at = (size_t)power * TALLY_FINE + (size_t)(usec >> power);
	return at < TALLY_BUCKETS ? at : TALLY_BUCKETS - 1;
}

/* The middle of a bucket, usec. */
static double middle_of(size_t at)
{
	size_t power = at < (size_t)2 * TALLY_FINE ? 0 : at / TALLY_FINE - 1;

	return ((double)(at - power * TALLY_FINE) + 0.5) * (double)((uint64_t)1 << power);
}

void tally_add(struct tally *t, usec_t latency)
{
	t->buckets[bucket_of(latency < 0 ? 0 : (uint64_t)latency)]++;
	t->count++;
}

double tally_ms(const struct tally *t, double part)
{
	uint64_t sum = 0, wanted = (uint64_t)(part * (double)t->count);

	if (!t->count)
		return 0;
	for (size_t i = 0; i < TALLY_BUCKETS; i++) {
		sum += t->buckets[i];
		if (sum > wanted)
			return middle_of(i) / 1000;
	}
	return middle_of(TALLY_BUCKETS - 1) / 1000;
}

bool order_add(struct order *o, uint64_t number)
{
	uint64_t jump, back;

	if (number >= o->next) {
		jump = number - o->next;
		o->skipped += jump;
		o->seen = jump >= 63 ? 1 : o->seen << (jump + 1) | 1;
		o->next = number + 1;
		return true;
	}
	back = o->next - 1 - number;
	if (back >= 64 || o->seen >> back & 1) {
		o->twice++;
		return false;
	}
	o->seen |= (uint64_t)1 << back;
	o->skipped--;
	o->late++;
	return true;
}
