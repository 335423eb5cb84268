/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 (Aumasson, Bernstein 2012). */
#include "base/siphash.h"

static uint64_t rotl(uint64_t x, int b)
{
	return (x << b) | (x >> (64 - b));
}

static void sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

uint64_t siphash(struct siphash_key key, struct str s)
{
	uint64_t v[4] = { 0x736f6d6570736575 ^ key.k0, 0x646f72616e646f6d ^ key.k1,
			  0x6c7967656e657261 ^ key.k0, 0x7465646279746573 ^ key.k1 };
	uint64_t m = 0;
	size_t i;

	for (i = 0; i + 8 <= s.len; i += 8) {
		memcpy(&m, s.ptr + i, 8);
		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	m = (uint64_t)s.len << 56;
	for (int shift = 0; i < s.len; i++, shift += 8)
		m |= (uint64_t)(unsigned char)s.ptr[i] << shift;
	v[3] ^= m;
	sip_rounds(v, 2);
	v[0] ^= m;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
