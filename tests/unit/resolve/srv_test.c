/* SPDX-License-Identifier: Apache-2.0 */
/* SRV records: RFC 2782. */
#include "resolve/srv.h"

#include "base/random.h"
#include "support/unit.h"

static void reads(void **state)
{
	struct srv s = { .is_secure = true };

	assert_int_equal(srv_parse(STR("\x00\x05\x00\x0a\x14\x95\x04XMPP\x07"
				       "example\x00"),
				   &s),
			 OK);
	assert_int_equal(s.priority, 5);
	assert_int_equal(s.weight, 10);
	assert_int_equal(s.port, 5269);
	assert_string_equal(s.target, "xmpp.example");
	assert_true(s.is_secure); /* not its affair */
	assert_int_equal(srv_parse(STR("\x00\x00\x00\x00\x00\x00\x00"), &s), OK);
	assert_string_equal(s.target, "");
}

static void refuses(void **state)
{
	static const struct str rows[] = {
		STR_INIT(""),
		STR_INIT("\0\0\0\0\0\0"),
		STR_INIT("\0\0\0\0\0\0\x03xyz"),     /* no end */
		STR_INIT("\0\0\0\0\0\0\x05xyz\0"),   /* a label past the end */
		STR_INIT("\0\0\0\0\0\0\x03x z\0"),   /* no host */
		STR_INIT("\0\0\0\0\0\0\x03x.z\0"),   /* a dot inside of a label */
		STR_INIT("\0\0\0\0\0\0\x03x\nz\0"),  /* not for logs */
		STR_INIT("\0\0\0\0\0\0\x03xyz\0\0"), /* more behind it */
		STR_INIT("\0\0\0\0\0\0\xc0\x0c"),    /* compressed */
		STR_INIT("\0\0\0\0\0\0\x01"
			 "a\xc0\x0c\0"),
	};
	char wire[400] = { 0 };
	struct srv s;

	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(srv_parse(rows[i], &s), ERR_INVALID);
	for (size_t at = 6; at < 6 + 4 * 64; at += 64) {
		wire[at] = 63;
		memset(wire + at + 1, 'a', 63);
	}
	assert_int_equal(srv_parse(str_make(wire, 6 + 4 * 64 + 1), &s),
			 ERR_INVALID); /* 255 bytes */
	assert_int_equal(srv_parse(str_make(wire, 6 + 3 * 64 + 1), &s), ERR_INVALID);
	wire[6 + 3 * 64] = 0;
	assert_int_equal(srv_parse(str_make(wire, 6 + 3 * 64 + 1), &s), OK);
	assert_int_equal(strlen(s.target), 191);
}

static void priority_comes_first(void **state)
{
	random_seed_for_test(7);
	for (int round = 0; round < 100; round++) {
		struct srv rows[] = {
			{ .priority = 20, .weight = 65535 },
			{ .priority = 10, .weight = 0 },
			{ .priority = 30, .weight = 9 },
			{ .priority = 10, .weight = 0, .is_direct_tls = true },
			{ .priority = 0 },
		};

		srv_order(rows, array_len(rows));
		assert_int_equal(rows[0].priority, 0);
		assert_int_equal(rows[1].priority, 10);
		assert_int_equal(rows[2].priority, 10);
		assert_true(rows[1].is_direct_tls != rows[2].is_direct_tls);
		assert_int_equal(rows[3].priority, 20);
		assert_int_equal(rows[4].priority, 30);
	}
	random_seed_for_test(0);
}

static void weight_decides_how_often(void **state)
{
	unsigned first[4] = { 0 };

	random_seed_for_test(11);
	for (int round = 0; round < 10000; round++) {
		struct srv rows[] = {
			{ .weight = 100, .port = 0 },
			{ .weight = 0, .port = 1 },
			{ .weight = 300, .port = 2 },
		};

		srv_order(rows, array_len(rows));
		first[rows[0].port]++;
	}
	random_seed_for_test(0);
	assert_in_range(first[0], 2200, 2800);
	assert_in_range(first[1], 1, 100); /* a very small chance */
	assert_in_range(first[2], 7100, 7900);
}

static void without_weights_all_are_equal(void **state)
{
	unsigned first[4] = { 0 };

	random_seed_for_test(13);
	for (int round = 0; round < 4000; round++) {
		struct srv rows[] = { { .port = 0 }, { .port = 1 }, { .port = 2 }, { .port = 3 } };

		srv_order(rows, array_len(rows));
		first[rows[0].port]++;
	}
	random_seed_for_test(0);
	for (size_t i = 0; i < 4; i++)
		assert_in_range(first[i], 800, 1200);
	srv_order(NULL, 0);
}

UNIT_TESTS(srv, cmocka_unit_test(reads), cmocka_unit_test(refuses),
	   cmocka_unit_test(priority_comes_first), cmocka_unit_test(weight_decides_how_often),
	   cmocka_unit_test(without_weights_all_are_equal));
