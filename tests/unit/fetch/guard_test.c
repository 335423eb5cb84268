/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/guard: XMPP.md 5, row 54 (requests to where only we get). */
#include "fetch/guard.h"

#include "support/unit.h"

static bool allows(const char *text, const struct addr_nets *exceptions)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(str_from(text), &a), OK);
	return guard_allows(&a, exceptions);
}

static void what_is_not_public(void **state)
{
	static const char *const rows[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.254",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.8",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.7",
		"203.0.113.7",
		"224.0.0.251",
		"239.255.255.250",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::7f00:1",
		"::ffff:127.0.0.1",
		"::ffff:10.1.2.3",
		"::ffff:169.254.169.254",
		"64:ff9b::7f00:1",
		"64:ff9b::a01:203",
		"64:ff9b:1::1",
		"100::1",
		"2001::1",
		"2001:db8::1",
		"2002:7f00:1::1",
		"2002:a00:1::",
		"3fff::1",
		"fc00::1",
		"fd12:3456:789a::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"4000::1",
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (allows(rows[i], NULL))
			fail_msg("%s", rows[i]);
	}
}

static void what_is_public(void **state)
{
	static const char *const rows[] = {
		"1.1.1.1",         "9.255.255.255",    "11.0.0.0",        "100.63.255.255",
		"100.128.0.0",     "126.0.0.1",        "128.0.0.1",       "172.15.255.255",
		"172.32.0.0",      "192.167.0.1",      "192.169.0.1",     "198.17.0.1",
		"198.20.0.1",      "223.255.255.255",  "2606:4700::1111", "2a00:1450::",
		"2001:4860::8888", "64:ff9b::808:808", "::ffff:8.8.8.8",
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (!allows(rows[i], NULL))
			fail_msg("%s", rows[i]);
	}
}

static void exceptions_hold_in_every_form(void **state)
{
	struct addr_net items[2];
	struct addr_nets nets = { .items = items, .count = 2 };

	assert_int_equal(addr_net_parse(STR("127.0.0.0/8"), &items[0]), OK);
	assert_int_equal(addr_net_parse(STR("fd00::/8"), &items[1]), OK);
	assert_true(allows("127.0.0.1", &nets));
	assert_true(allows("::ffff:127.0.0.1", &nets));
	assert_true(allows("fd00::5", &nets));
	assert_false(allows("10.0.0.1", &nets));
	assert_false(allows("::1", &nets));
}

static void an_address_that_is_off(void **state)
{
	assert_false(guard_allows(&(struct addr){ 0 }, NULL));
}

UNIT_TESTS(guard, cmocka_unit_test(what_is_not_public), cmocka_unit_test(what_is_public),
	   cmocka_unit_test(exceptions_hold_in_every_form),
	   cmocka_unit_test(an_address_that_is_off));
