/* SPDX-License-Identifier: Apache-2.0 */
/* Opaque ids, see archive_id.h: a Feistel network of four rounds over 64 bits, SipHash as its
 * function. */
#include "server/route/archive_id.h"

enum { ROUNDS = 4, ID_LEN = 13, BITS = 5 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static uint32_t round_of(const struct home *h, int round, uint32_t half)
{
	uint32_t in[2] = { (uint32_t)round, half };
	struct siphash_key key = { h->id_key[0], h->id_key[1] };

	return (uint32_t)siphash(key, str_make((const char *)in, sizeof(in)));
}

struct str archive_id_write(const struct home *h, struct arena *a, int64_t seq)
{
	uint32_t left = (uint32_t)((uint64_t)seq >> 32), right = (uint32_t)seq;
	char *text = arena_alloc(a, ID_LEN);
	uint64_t n;

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = left ^ round_of(h, i, right);

		left = right;
		right = next;
	}
	n = (uint64_t)left << 32 | right;
	for (int i = ID_LEN; i-- > 0; n >>= BITS)
		text[i] = alphabet[n & 31];
	return str_make(text, ID_LEN);
}

bool archive_id_read(const struct home *h, struct str id, int64_t *ret_seq)
{
	uint64_t n = 0;
	uint32_t left, right;

	if (id.len != ID_LEN)
		return false;
	for (size_t i = 0; i < ID_LEN; i++) {
		const char *at = memchr(alphabet, id.ptr[i], sizeof(alphabet) - 1);

		/* 13 characters hold 65 bits: the first one must leave the highest free. */
		if (!at || (i == 0 && at - alphabet > 15))
			return false;
		n = n << BITS | (uint64_t)(at - alphabet);
	}
	left = (uint32_t)(n >> 32);
	right = (uint32_t)n;
	for (int i = ROUNDS; i-- > 0;) {
		uint32_t before = right ^ round_of(h, i, left);

		right = left;
		left = before;
	}
	if (left >> 31)
		return false;
	*ret_seq = (int64_t)((uint64_t)left << 32 | right);
	return true;
}
