/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness from getrandom(2), see random.h. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t test_state; /* 0: the kernel's randomness */

static uint64_t test_next(void)
{
	uint64_t z = (test_state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void random_fill(void *buf, size_t len)
{
	char *p = buf;

	while (len && test_state) {
		uint64_t r = test_next();
		size_t n = len < sizeof(r) ? len : sizeof(r);

		memcpy(p, &r, n);
		p += n;
		len -= n;
	}
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		must(n > 0 || errno == EINTR);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

uint64_t random_u64(void)
{
	uint64_t n;

	random_fill(&n, sizeof(n));
	return n;
}

void random_token(char *buf, size_t len)
{
	random_fill(buf, len);
	for (size_t i = 0; i < len; i++)
		buf[i] = "abcdefghijklmnopqrstuvwxyz234567"[(unsigned char)buf[i] & 31];
	buf[len] = '\0';
}

void random_seed_for_test(uint64_t seed)
{
	test_state = seed;
}
