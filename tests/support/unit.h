/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka, and the macro that hands a file's tests to its floor's
 * program. One program a floor; tools/gen-unit-main finds the groups by their names, so a new file
 * needs no other edit. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The tests of one file. Made by UNIT_TESTS, read by unit_main(). */
struct unit_group {
	const char *name;
	const struct CMUnitTest *tests;
	size_t count;
	CMFixtureFunction setup;    /* once before the group's first test, or NULL */
	CMFixtureFunction teardown; /* once after its last test, or NULL */
};

/* Stands once in each X_test.c, at its end and at the start of a line, and names the group, unique
 * within the floor: UNIT_TESTS(xml_scan, cmocka_unit_test(finds_end), cmocka_unit_test(is_strict));
 * The group is exported as unit_group_xml_scan. */
#define UNIT_TESTS(group, ...) UNIT_TESTS_WITH(group, NULL, NULL, __VA_ARGS__)

/* The same with a fixture around the whole group; setup and teardown return 0 when all is well. */
#define UNIT_TESTS_WITH(group, set_up, tear_down, ...)                                             \
	static const struct CMUnitTest group##_tests[] = { __VA_ARGS__ };                          \
	extern const struct unit_group unit_group_##group;                                         \
	const struct unit_group unit_group_##group = {                                             \
		.name = #group,                                                                    \
		.tests = group##_tests,                                                            \
		.count = sizeof(group##_tests) / sizeof(group##_tests[0]),                         \
		.setup = (set_up),                                                                 \
		.teardown = (tear_down),                                                           \
	}

/* The floor's groups, generated at build time; NULL ends the list. */
extern const struct unit_group *const unit_groups[];
