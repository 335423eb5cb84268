/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the groups of one floor and ends in a non-zero code if any test failed.
 * An argument picks the groups whose name contains it. Output follows CMOCKA_MESSAGE_OUTPUT (TAP
 * under ./dev test). */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	int failed = 0;
	size_t ran = 0;

	/* A crash must not swallow the lines of the tests before it. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct unit_group *const *group = unit_groups; *group; group++) {
		const struct unit_group *g = *group;
		if (argc > 1 && !strstr(g->name, argv[1]))
			continue;
		failed +=
			_cmocka_run_group_tests(g->name, g->tests, g->count, g->setup, g->teardown);
		ran++;
	}
	if (ran == 0) {
		(void)fprintf(stderr, "no group of tests%s%s\n", argc > 1 ? " is named like " : "",
			      argc > 1 ? argv[1] : "");
		return 2;
	}
	return failed ? 1 : 0;
}
