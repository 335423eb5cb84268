/* SPDX-License-Identifier: Apache-2.0 */
/* One stanza, as expat and as we see it; and what we write of it. */
#include "support/xml/check.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *broken = check_unit(str_make((const char *)data, size), NULL);

	if (broken) {
		(void)fprintf(stderr, "%s\n", broken);
		abort();
	}
	return 0;
}
