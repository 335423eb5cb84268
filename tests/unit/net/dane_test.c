/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records: RFC 6698 2.1, RFC 7671 4. */
#include "net/dane.h"

#include "crypto/digest.h"
#include "support/unit.h"

static void takes_what_can_be_used(void **state)
{
	struct dane d = { .count = 0 };
	char row[3 + 64] = { 3, 1, 1 };

	digest_of(DIGEST_SHA256, STR("the key"), (uint8_t *)row + 3);
	assert_int_equal(dane_add(&d, str_make(row, 35)), OK);
	assert_int_equal(dane_add(&d, STR("\x02\x00\x00the certificate")), OK);
	row[2] = 2;
	digest_of(DIGEST_SHA512, STR("the key"), (uint8_t *)row + 3);
	assert_int_equal(dane_add(&d, str_make(row, 67)), OK);
	assert_int_equal(d.count, 3);
	assert_true(dane_matches(&d.records[0], STR("the certificate"), STR("the key")));
	assert_false(dane_matches(&d.records[0], STR("the key"), STR("the certificate")));
	assert_true(dane_matches(&d.records[1], STR("the certificate"), STR("x")));
	assert_false(dane_matches(&d.records[1], STR("the certificate2"), STR("x")));
	assert_true(dane_matches(&d.records[2], STR(""), STR("the key")));
	assert_false(dane_matches(&d.records[2], STR(""), STR("the kez")));
}

static void leaves_what_cannot(void **state)
{
	struct dane d = { .count = 0 };
	char row[3 + 64] = { 3, 1, 1 };

	assert_int_equal(dane_add(&d, STR("")), ERR_UNSUPPORTED);
	assert_int_equal(dane_add(&d, STR("\x03\x01")), ERR_UNSUPPORTED);
	assert_int_equal(dane_add(&d, STR("\x03\x01\x00")), ERR_UNSUPPORTED);
	assert_int_equal(dane_add(&d, str_make(row, 34)), ERR_UNSUPPORTED); /* cut off */
	assert_int_equal(dane_add(&d, str_make(row, 36)), ERR_UNSUPPORTED);
	row[2] = 3; /* RFC 6698 knows no such digest */
	assert_int_equal(dane_add(&d, str_make(row, 35)), ERR_UNSUPPORTED);
	row[2] = 1;
	row[1] = 2;
	assert_int_equal(dane_add(&d, str_make(row, 35)), ERR_UNSUPPORTED);
	row[1] = 1;
	row[0] = 4;
	assert_int_equal(dane_add(&d, str_make(row, 35)), ERR_UNSUPPORTED);
	row[0] = (char)255; /* for private use */
	assert_int_equal(dane_add(&d, str_make(row, 35)), ERR_UNSUPPORTED);
	assert_int_equal(d.count, 0);
	row[0] = 3;
	for (int i = 0; i < DANE_MAX; i++)
		assert_int_equal(dane_add(&d, str_make(row, 35)), OK);
	assert_int_equal(dane_add(&d, str_make(row, 35)), ERR_TOO_BIG);
}

UNIT_TESTS(dane, cmocka_unit_test(takes_what_can_be_used), cmocka_unit_test(leaves_what_cannot));
