/* SPDX-License-Identifier: Apache-2.0 */
/* Framing under fire: four bytes that choose the fragments, then a stream. */
#include "support/xml/check.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *broken;
	uint32_t seed;

	if (size < sizeof(seed))
		return 0;
	memcpy(&seed, data, sizeof(seed));
	broken = check_stream(str_make((const char *)data + sizeof(seed), size - sizeof(seed)),
			      seed);
	if (broken) {
		(void)fprintf(stderr, "%s\n", broken);
		abort();
	}
	return 0;
}
