/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Encoding (RFC 9110, 12.5.3). */
#include "net/http_coding.h"

#include "support/unit.h"

enum { GZIP = HTTP_CODING_BIT(HTTP_CODING_GZIP), BR = HTTP_CODING_BIT(HTTP_CODING_BR) };

static enum http_coding pick(const char *value, unsigned has)
{
	struct http_head head = { .fields = { { STR("accept-encoding"), str_from(value) } },
				  .count = value ? 1 : 0 };

	return http_coding_pick(&head, has | HTTP_CODING_BIT(HTTP_CODING_NONE));
}

static void the_best_that_both_have_is_picked(void **state)
{
	static const struct {
		const char *value;
		enum http_coding coding; /* when all are there */
	} rows[] = {
		{ "gzip, deflate, br, zstd", HTTP_CODING_BR }, /* Chromium */
		{ "gzip, deflate", HTTP_CODING_GZIP },
		{ "br", HTTP_CODING_BR },
		{ "BR;Q=0.3", HTTP_CODING_BR },
		{ "x-gzip", HTTP_CODING_GZIP },
		{ "compress, gzip", HTTP_CODING_GZIP }, /* the examples of 12.5.3 */
		{ "*", HTTP_CODING_BR },
		{ "compress;q=0.5, gzip;q=1.0", HTTP_CODING_GZIP },
		{ "gzip;q=1.0, identity; q=0.5, *;q=0", HTTP_CODING_GZIP },
		{ "gzip;q=0.5, br;q=0.4", HTTP_CODING_GZIP },
		{ "gzip;q=0.5\t,\tbr;q=0.500", HTTP_CODING_BR },
		{ "gzip;q=0.001", HTTP_CODING_GZIP },
		{ "br;q=0, *", HTTP_CODING_GZIP },
		{ "identity;q=0, gzip;q=0.1", HTTP_CODING_GZIP },
		{ "br;q=0,gzip;q=0.000", HTTP_CODING_NONE },
		{ "gzip;q=0.5, identity", HTTP_CODING_NONE },
		{ "gzip;q=0.5, identity;q=0.6", HTTP_CODING_NONE },
		{ "", HTTP_CODING_NONE },
		{ " , ,", HTTP_CODING_NONE },
		{ "zstd, deflate", HTTP_CODING_NONE },
		{ "*;q=0", HTTP_CODING_NONE }, /* a 406 would help nobody */
		{ NULL, HTTP_CODING_NONE },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (pick(rows[i].value, GZIP | BR) != rows[i].coding)
			fail_msg("%s", rows[i].value ? rows[i].value : "no field");
	}
}

static void what_is_not_there_is_not_picked(void **state)
{
	assert_int_equal(pick("br, gzip", GZIP), HTTP_CODING_GZIP);
	assert_int_equal(pick("br, gzip", 0), HTTP_CODING_NONE);
	assert_int_equal(pick("*", BR), HTTP_CODING_BR);
	assert_int_equal(pick("identity;q=0, *;q=0", 0), HTTP_CODING_NONE);
}

static void what_cannot_be_read_is_not_wanted(void **state)
{
	static const char *const bad[] = { "gzip;q=",       "gzip;q=2",   "gzip;q=1.001",
					   "gzip;q=0.5000", "gzip;q=.5",  "gzip;q=-1",
					   "gzip;q=0x1",    "gzip;q=1.5", "gzip;x=1",
					   "gzip;",         "gzip q=1",   "gzip;q=0.5;a",
					   ";q=1",          "gzip;q=01",  "gz ip" };

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(pick(bad[i], GZIP | BR), HTTP_CODING_NONE);
}

static void several_fields_are_one_list(void **state)
{
	struct http_head head = { .fields = { { STR("Accept-Encoding"), STR("br;q=0.1") },
					      { STR("Accept"), STR("gzip") },
					      { STR("Accept-Encoding"), STR("gzip;q=0.2") } },
				  .count = 3 };

	assert_int_equal(http_coding_pick(&head, GZIP | BR | 1), HTTP_CODING_GZIP);
	head.count = 2;
	assert_int_equal(http_coding_pick(&head, GZIP | BR | 1), HTTP_CODING_BR);
}

static void names_are_those_of_the_registry(void **state)
{
	assert_true(str_eq(http_coding_name(HTTP_CODING_GZIP), STR("gzip")));
	assert_true(str_eq(http_coding_name(HTTP_CODING_BR), STR("br")));
	assert_false(str_is_set(http_coding_name(HTTP_CODING_NONE)));
}

UNIT_TESTS(http_coding, cmocka_unit_test(the_best_that_both_have_is_picked),
	   cmocka_unit_test(what_is_not_there_is_not_picked),
	   cmocka_unit_test(what_cannot_be_read_is_not_wanted),
	   cmocka_unit_test(several_fields_are_one_list),
	   cmocka_unit_test(names_are_those_of_the_registry));
