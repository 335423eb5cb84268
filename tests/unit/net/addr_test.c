/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, networks and PROXY headers. */
#include "support/unit.h"

#include "net/addr.h"
#include "net/proxy.h"

static void round_trip(const char *text, const char *wanted)
{
	char buf[ADDR_TEXT_MAX];
	struct addr a;

	assert_int_equal(addr_parse(str_from(text), &a), OK);
	assert_string_equal(addr_format(&a, buf).ptr, wanted);
}

static void reads_and_writes(void **state)
{
	struct addr a;

	round_trip("127.0.0.1:5222", "127.0.0.1:5222");
	round_trip("[::1]:0", "[::1]:0");
	round_trip("localhost:5280", "127.0.0.1:5280");
	round_trip("0.0.0.0:65535", "0.0.0.0:65535");
	round_trip("[2001:db8::7]:1", "[2001:db8::7]:1");
	round_trip("[::ffff:10.0.0.1]:1", "10.0.0.1:1");
	round_trip("", "");
	assert_int_equal(addr_parse(STR(""), &a), OK);
	assert_false(a.is_set);
}

static void refuses_other_forms(void **state)
{
	static const struct str bad[] = {
		STR_INIT("127.0.0.1"),       STR_INIT(":5222"),         STR_INIT("127.0.0.1:"),
		STR_INIT("127.0.0.1:65536"), STR_INIT("::1:5222"),      STR_INIT("[::1]"),
		STR_INIT("[::1]5222"),       STR_INIT("[127.0.0.1]:1"), STR_INIT("example.org:1"),
		STR_INIT("127.0.0.1:-1"),    STR_INIT("127.0.0.1:1 "),  STR_INIT("1.2.3:5"),
		STR_INIT("[::1]:000001"),    STR_INIT("127.0.0.1\0:1"), STR_INIT("[fe80::1%lo]:1"),
	};
	struct addr a;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(addr_parse(bad[i], &a), ERR_INVALID);
}

static bool net_has(const char *net, const char *ip)
{
	struct addr_net n;
	struct addr a;

	assert_int_equal(addr_net_parse(str_from(net), &n), OK);
	assert_int_equal(addr_parse_ip(str_from(ip), &a), OK);
	return addr_net_has(&n, &a);
}

static void matches_networks(void **state)
{
	struct addr_net n;

	assert_true(net_has("127.0.0.0/8", "127.9.9.9"));
	assert_false(net_has("127.0.0.0/8", "128.0.0.0"));
	assert_true(net_has("::1", "::1"));
	assert_false(net_has("::1", "::2"));
	assert_true(net_has("0.0.0.0/0", "9.9.9.9"));
	assert_false(net_has("0.0.0.0/0", "2001:db8::1"));
	assert_true(net_has("10.0.0.128/25", "10.0.0.200"));
	assert_false(net_has("10.0.0.128/25", "10.0.0.100"));
	assert_true(net_has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(net_has("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(net_has("::ffff:10.0.0.1", "10.0.0.1"));
	assert_int_equal(addr_net_parse(STR("127.0.0.1/8"), &n), ERR_INVALID);
	assert_int_equal(addr_net_parse(STR("127.0.0.0/33"), &n), ERR_INVALID);
	assert_int_equal(addr_net_parse(STR("::/129"), &n), ERR_INVALID);
	assert_int_equal(addr_net_parse(STR("127.0.0.0/"), &n), ERR_INVALID);
}

static void proxy_v1(void **state)
{
	struct str head = STR("PROXY TCP4 192.0.2.7 127.0.0.1 40000 5222\r\n<stream");
	char buf[ADDR_TEXT_MAX];
	struct addr client;
	size_t len = 0;

	for (size_t i = 0; i < head.len - 7; i++)
		assert_int_equal(proxy_parse(str_sub(head, 0, i), &len, &client), ERR_AGAIN);
	assert_int_equal(proxy_parse(head, &len, &client), OK);
	assert_int_equal(len, head.len - 7);
	assert_string_equal(addr_format(&client, buf).ptr, "192.0.2.7:40000");
	assert_int_equal(proxy_parse(STR("PROXY UNKNOWN\r\n"), &len, &client), OK);
	assert_false(client.is_set);
	assert_int_equal(proxy_parse(STR("PROXY TCP6 ::1 ::2 1 2\r\n"), &len, &client), OK);
	assert_int_equal(proxy_parse(STR("GET / HTTP/1.1\r\n"), &len, &client), ERR_NOT_FOUND);
	assert_int_equal(proxy_parse(STR("<?xml"), &len, &client), ERR_NOT_FOUND);
}

static void proxy_v1_refuses(void **state)
{
	static const struct str bad[] = {
		STR_INIT("PROXY TCP4 ::1 ::1 1 2\r\n"),
		STR_INIT("PROXY TCP6 127.0.0.1 127.0.0.1 1 2\r\n"),
		STR_INIT("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"),
		STR_INIT("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n"),
		STR_INIT("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n"),
		STR_INIT("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"),
		STR_INIT("PROXY \r\n"),
	};
	char endless[PROXY_V1_MAX];
	struct addr client;
	size_t len;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(proxy_parse(bad[i], &len, &client), ERR_INVALID);
	memset(endless, 'x', sizeof(endless));
	memcpy(endless, "PROXY ", 6);
	assert_int_equal(proxy_parse(str_make(endless, sizeof(endless)), &len, &client),
			 ERR_TOO_BIG);
}

static void proxy_v2(void **state)
{
	char head[16 + 36] =
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\x7f\0\0\1\x9c\x40\x14\x66";
	char buf[ADDR_TEXT_MAX];
	struct addr client;
	size_t len = 0;

	for (size_t i = 0; i < 28; i++)
		assert_int_equal(proxy_parse(str_make(head, i), &len, &client), ERR_AGAIN);
	assert_int_equal(proxy_parse(str_make(head, 28), &len, &client), OK);
	assert_int_equal(len, 28);
	assert_string_equal(addr_format(&client, buf).ptr, "192.0.2.7:40000");
	head[15] = 8; /* too short for IPv4 */
	assert_int_equal(proxy_parse(str_make(head, 28), &len, &client), ERR_INVALID);
	head[12] = 0x20; /* LOCAL */
	assert_int_equal(proxy_parse(str_make(head, 28), &len, &client), OK);
	assert_false(client.is_set);
	head[12] = 0x31;
	assert_int_equal(proxy_parse(str_make(head, 28), &len, &client), ERR_INVALID);
	head[12] = 0x21;
	head[13] = 0x21; /* IPv6 */
	head[15] = 36;
	assert_int_equal(proxy_parse(str_make(head, sizeof(head)), &len, &client), OK);
	assert_true(client.is_set);
	assert_false(addr_is_v4(&client));
	head[14] = 4;
	assert_int_equal(proxy_parse(str_make(head, sizeof(head)), &len, &client), ERR_TOO_BIG);
}

UNIT_TESTS(addr, cmocka_unit_test(reads_and_writes), cmocka_unit_test(refuses_other_forms),
	   cmocka_unit_test(matches_networks), cmocka_unit_test(proxy_v1),
	   cmocka_unit_test(proxy_v1_refuses), cmocka_unit_test(proxy_v2));
