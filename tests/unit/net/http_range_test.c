/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges, dates and conditions (RFC 9110). */
#include "net/http_range.h"

#include "support/unit.h"

static void dates_are_read_as_they_are_written(void **state)
{
	char buf[HTTP_DATE_LEN + 1];
	usec_t wall;

	/* RFC 9110, 5.6.7 */
	assert_int_equal(http_date_read(STR("Sun, 06 Nov 1994 08:49:37 GMT"), &wall), OK);
	assert_int_equal(wall, 784111777 * USEC_PER_SEC);
	assert_string_equal(http_date_write(wall + 999999, buf).ptr,
			    "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(http_date_read(STR("Thu, 29 Feb 2024 23:59:59 GMT"), &wall), OK);
}

static void other_dates_are_not_read(void **state)
{
	static const char *const bad[] = { "",
					   "Sunday, 06-Nov-94 08:49:37 GMT",
					   "Sun Nov  6 08:49:37 1994",
					   "Mon, 06 Nov 1994 08:49:37 GMT",
					   "Sun, 31 Feb 1994 08:49:37 GMT",
					   "Sun, 06 Nov 1994 25:49:37 GMT",
					   "Sun, 06 Nov 1994 08:49:37 UTC",
					   "Sun, 06 nov 1994 08:49:37 GMT",
					   "Sun, 06 Nov 199a 08:49:37 GMT",
					   "Sun, 06 Nov 1994 08:49:37 GMT " };
	usec_t wall;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(http_date_read(str_from(bad[i]), &wall), ERR_INVALID);
}

static void ranges_are_cut_to_what_is_there(void **state)
{
	static const struct {
		const char *value;
		uint64_t size;
		enum http_range range;
		uint64_t first, last;
	} rows[] = {
		{ "bytes=0-", 1, HTTP_RANGE_PART, 0, 0 },
		{ "bytes=0-0", 0, HTTP_RANGE_WRONG, 0, 0 },
		{ "bytes=-1", 0, HTTP_RANGE_WRONG, 0, 0 },
		{ "bytes=-18446744073709551616", 10, HTTP_RANGE_PART, 0, 9 },
		{ "bytes=18446744073709551615-", 10, HTTP_RANGE_WRONG, 0, 0 },
		{ "bytes=3-18446744073709551615", 10, HTTP_RANGE_PART, 3, 9 },
		{ "bytes=--1", 10, HTTP_RANGE_NONE, 0, 0 },
		{ "bytes=1-2-3", 10, HTTP_RANGE_NONE, 0, 0 },
		{ "bytes", 10, HTTP_RANGE_NONE, 0, 0 },
		{ "bytes=5", 10, HTTP_RANGE_NONE, 0, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t first = 0, last = 0;

		assert_int_equal(http_range_read(str_from(rows[i].value), rows[i].size, &first,
						 &last),
				 rows[i].range);
		assert_int_equal(first, rows[i].first);
		assert_int_equal(last, rows[i].last);
	}
}

static void tags_are_compared_as_they_should_be(void **state)
{
	struct str tag = STR("\"a\"");

	assert_true(http_tag_is_among(STR("\"b\" , \"a\""), tag, false));
	assert_true(http_tag_is_among(STR(" * "), tag, false));
	assert_true(http_tag_is_among(STR("W/\"a\""), tag, true));
	assert_false(http_tag_is_among(STR("W/\"a\""), tag, false));
	assert_false(http_tag_is_among(STR("a"), tag, true));
	assert_false(http_tag_is_among(STR(""), tag, true));
}

UNIT_TESTS(net_http_range, cmocka_unit_test(dates_are_read_as_they_are_written),
	   cmocka_unit_test(other_dates_are_not_read),
	   cmocka_unit_test(ranges_are_cut_to_what_is_there),
	   cmocka_unit_test(tags_are_compared_as_they_should_be));
