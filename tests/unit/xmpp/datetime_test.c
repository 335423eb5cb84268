/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/datetime: XEP-0082, and the timestamps that have broken others. */
#include "xmpp/datetime.h"

#include "support/unit.h"

#include <stdio.h>
#include <time.h>

static void formats(void **state)
{
	static const struct {
		usec_t wall;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ 1795309323123456, "2026-11-22T01:02:03.123456Z" },
		{ 951782400000000, "2000-02-29T00:00:00.000000Z" },
		{ DATETIME_MIN, "0001-01-01T00:00:00.000000Z" },
		{ DATETIME_MIN - 1, "0001-01-01T00:00:00.000000Z" },
		{ INT64_MIN, "0001-01-01T00:00:00.000000Z" },
		{ DATETIME_MAX, "9999-12-31T23:59:59.999999Z" },
		{ INT64_MAX, "9999-12-31T23:59:59.999999Z" },
	};
	struct arena a;

	arena_init(&a, KIB);
	for (size_t i = 0; i < array_len(rows); i++)
		assert_true(str_eq(datetime_format(&a, rows[i].wall), str_from(rows[i].text)));
	arena_done(&a);
}

static void reads(void **state)
{
	static const struct {
		const char *text;
		usec_t wall;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-07-21T02:56:15Z", -14159025000000 },
		{ "1969-07-20T21:56:15-05:00", -14159025000000 },
		{ "2026-11-22T01:02:03.123456Z", 1795309323123456 },
		{ "2026-11-22T01:02:03.1Z", 1795309323100000 },
		{ "2026-11-22T01:02:03.123456999Z", 1795309323123456 },
		{ "2026-11-22T06:32:03+05:30", 1795309323000000 },
		{ "2026-11-22T01:02:03-00:00", 1795309323000000 },
		{ "2000-02-29T00:00:00Z", 951782400000000 },
		{ "0001-01-01T00:00:00Z", DATETIME_MIN },
		{ "9999-12-31T23:59:59.999999Z", DATETIME_MAX },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		usec_t wall;

		assert_int_equal(datetime_parse(str_from(rows[i].text), &wall), OK);
		assert_true(wall == rows[i].wall);
	}
}

static void refuses_what_is_odd(void **state)
{
	static const char *const bad[] = {
		"",
		"Z",
		"2026-11-22",
		"2026-11-22T01:02:03",
		"2026-11-22T01:02Z",
		"2026-11-22 01:02:03Z",
		"2026-11-22t01:02:03Z",
		"2026-11-22T01:02:03z",
		"2026-11-22T01:02:03Zx",
		" 2026-11-22T01:02:03Z",
		"20261122T01:02:03",
		"0000-01-01T00:00:00Z",
		"99999-01-01T00:00:00Z",
		"-001-01-01T00:00:00Z",
		"-2026-11-22T01:02:03Z",
		"+2026-11-22T01:02:03Z",
		"2026-00-22T01:02:03Z",
		"2026-13-22T01:02:03Z",
		"2026-11-00T01:02:03Z",
		"2026-11-31T01:02:03Z",
		"2026-02-29T01:02:03Z",
		"1900-02-29T01:02:03Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T01:60:03Z",
		"2016-12-31T23:59:60Z", /* a leap second: it has no number of its own here */
		"2026-11-22T01:02:61Z",
		"2026-11-22T01:02:03.Z",
		"2026-11-22T01:02:03,5Z",
		"2026-11-22T01:02:03.5",
		"2026-11-22T01:02:03+24:00",
		"2026-11-22T01:02:03+05:60",
		"2026-11-22T01:02:03+0530",
		"2026-11-22T01:02:03+5:30",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"2026-11-22T01:02:-3Z",
		"2026-11-22T01:02:03.0000000000000000000000000000000000000000000000000000000000000000Z",
	};

	for (size_t i = 0; i < array_len(bad); i++) {
		usec_t wall = 42;

		assert_int_equal(datetime_parse(str_from(bad[i]), &wall), ERR_INVALID);
		assert_true(wall == 42);
	}
}

/* About every 1,000th day of ten thousand years comes back as it was, and as the C library sees it.
 */
static void round_trips(void **state)
{
	struct arena a;

	arena_init(&a, 64 * KIB);
	for (usec_t t = DATETIME_MIN; t < DATETIME_MAX;
	     t += 997 * USEC_PER_DAY + 37 * USEC_PER_HOUR + 1) {
		time_t seconds =
			(time_t)((t - DATETIME_MIN) / USEC_PER_SEC + DATETIME_MIN / USEC_PER_SEC);
		struct str text = datetime_format(&a, t);
		char wanted[64];
		struct tm tm;
		usec_t back;

		assert_int_equal(datetime_parse(text, &back), OK);
		assert_true(back == t);
		assert_non_null(gmtime_r(&seconds, &tm));
		(void)snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT%02d:%02d:%02d",
			       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			       tm.tm_sec);
		assert_true(str_starts(text, str_from(wanted)));
		arena_reset(&a);
	}
	arena_done(&a);
}

UNIT_TESTS(datetime, cmocka_unit_test(formats), cmocka_unit_test(reads),
	   cmocka_unit_test(refuses_what_is_odd), cmocka_unit_test(round_trips));
