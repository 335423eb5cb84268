/* SPDX-License-Identifier: Apache-2.0 */
/* codec/url, and the form of base 64 for URLs, and texts in JSON. */
#include "codec/url.h"

#include "codec/base64.h"
#include "codec/json.h"

#include "support/unit.h"

static void parts(void **state)
{
	struct url u;

	assert_int_equal(url_read(STR("https://Push.example:8443/a/b?c=d"), &u), OK);
	assert_true(u.is_https && !u.is_v6);
	assert_true(str_eq(u.host, STR("Push.example")));
	assert_int_equal(u.port, 8443);
	assert_true(str_eq(u.path, STR("/a/b?c=d")));
	assert_true(str_eq(u.origin, STR("https://Push.example:8443")));
	assert_int_equal(url_read(STR("http://[::1]:80?x"), &u), OK);
	assert_true(!u.is_https && u.is_v6);
	assert_true(str_eq(u.host, STR("::1")));
	assert_true(str_eq(u.path, STR("?x")));
	assert_int_equal(url_read(STR("https://a"), &u), OK);
	assert_int_equal(u.port, 443);
	assert_int_equal(u.path.len, 0);
}

static void what_is_none(void **state)
{
	static const char *const rows[] = {
		"",
		"https",
		"https:",
		"https://",
		"https:///x",
		"HTTPS://a",
		"ftp://a",
		"//a",
		"javascript:alert(1)",
		"https://user@a/",
		"https://user:pw@a/",
		"https://a:b@c/",
		"https://a:0/",
		"https://a:65536/",
		"https://a:/",
		"https://a:-1/",
		"https://a:1x/",
		"https://a b/",
		"https://a/ b",
		"https://a/\n",
		"https://a/\x7f",
		"https://\xc3\xa4/",
		"https://a/\xc3\xa4",
		"https://a\\@b/",
		"https://a/#f",
		"https://[::1",
		"https://[::1]x/",
		"https://[]/",
		"https://[fe80::1%25eth0]/",
		"https://a%2eb/",
		"https://a,b/",
		"https://:443/",
		" https://a/",
		"https://a/\"",
		"https://a/<x>",
	};
	struct url u;

	for (size_t i = 0; i < array_len(rows); i++) {
		if (url_read(str_from(rows[i]), &u) != ERR_INVALID)
			fail_msg("%s", rows[i]);
	}
}

static void too_long(void **state)
{
	char text[URL_MAX + 2];
	struct url u;

	memset(text, 'a', sizeof(text));
	memcpy(text, "https://a/", 10);
	assert_int_equal(url_read(str_make(text, URL_MAX), &u), OK);
	assert_int_equal(url_read(str_make(text, URL_MAX + 1), &u), ERR_TOO_BIG);
}

static void base64_for_urls(void **state)
{
	static const struct {
		struct str plain, text;
	} rows[] = {
		{ STR_INIT(""), STR_INIT("") },
		{ STR_INIT("f"), STR_INIT("Zg") },
		{ STR_INIT("fo"), STR_INIT("Zm8") },
		{ STR_INIT("foo"), STR_INIT("Zm9v") },
		{ STR_INIT("\xfb\xff"), STR_INIT("-_8") },
	};
	static const char *const bad[] = { "Z", "Zg=g", "+/8", "Zh", "Zm9vZ", "Zg ", "Z g" };
	struct arena a scoped(arena_done) = { 0 };
	struct str back;

	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct sbuf out scoped(sbuf_done) = SBUF(KIB);

		(void)sbuf_lit(&out, "+");
		assert_int_equal(base64_url_encode(&out, rows[i].plain), OK);
		assert_true(str_eq(str_from_at(sbuf_str(&out), 1), rows[i].text));
		assert_int_equal(out.ptr[0], '+'); /* what stood there stays */
		assert_int_equal(base64_url_decode(&a, rows[i].text, &back), OK);
		assert_true(str_eq(back, rows[i].plain));
	}
	assert_int_equal(base64_url_decode(&a, STR("Zg=="), &back), OK);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(base64_url_decode(&a, str_from(bad[i]), &back), ERR_INVALID);
}

static void json_texts(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);
	struct sbuf small scoped(sbuf_done) = SBUF(4);

	assert_int_equal(json_add_text(&out, STR("a\"\\\n\x01\x7f\xc3\xa4/")), OK);
	assert_true(str_eq(sbuf_str(&out), STR("\"a\\\"\\\\\\u000a\\u0001\\u007f\xc3\xa4/\"")));
	assert_int_equal(json_add_text(&small, STR("12345")), ERR_TOO_BIG);
}

UNIT_TESTS(url, cmocka_unit_test(parts), cmocka_unit_test(what_is_none), cmocka_unit_test(too_long),
	   cmocka_unit_test(base64_for_urls), cmocka_unit_test(json_texts));
