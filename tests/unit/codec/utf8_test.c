/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, held to the grammar of RFC 3629 for every short string. */
#include "codec/utf8.h"
#include "support/unit.h"

/* RFC 3629 4, written as the grammar is: the oracle for every short string. */
static bool in(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

static bool is_three(const unsigned char *p)
{
	if (!in(p[2], 0x80, 0xbf))
		return false;
	return (p[0] == 0xe0 && in(p[1], 0xa0, 0xbf)) ||
	       (in(p[0], 0xe1, 0xec) && in(p[1], 0x80, 0xbf)) ||
	       (p[0] == 0xed && in(p[1], 0x80, 0x9f)) ||
	       (in(p[0], 0xee, 0xef) && in(p[1], 0x80, 0xbf));
}

static bool is_four(const unsigned char *p)
{
	if (!in(p[2], 0x80, 0xbf) || !in(p[3], 0x80, 0xbf))
		return false;
	return (p[0] == 0xf0 && in(p[1], 0x90, 0xbf)) ||
	       (in(p[0], 0xf1, 0xf3) && in(p[1], 0x80, 0xbf)) ||
	       (p[0] == 0xf4 && in(p[1], 0x80, 0x8f));
}

static struct str view(const unsigned char *p, size_t n)
{
	return str_make((const char *)p, n);
}

static void knows_every_pair(void **state)
{
	for (unsigned i = 0; i < 0x10000; i++) {
		unsigned char p[2] = { (unsigned char)(i >> 8), (unsigned char)i };
		bool want = (p[0] < 0x80 && p[1] < 0x80) ||
			    (in(p[0], 0xc2, 0xdf) && in(p[1], 0x80, 0xbf));

		assert_int_equal(utf8_is_valid(view(p, 2)), want);
		assert_int_equal(utf8_is_valid(view(p, 1)), p[0] < 0x80);
	}
}

static void knows_every_triple_and_quad(void **state)
{
	for (unsigned lead = 0xe0; lead < 0x100; lead++) {
		for (unsigned i = 0; i < 0x10000; i++) {
			unsigned char p[4] = { (unsigned char)lead, (unsigned char)(i >> 8),
					       (unsigned char)i, 0x80 };

			assert_int_equal(utf8_is_valid(view(p, 3)), is_three(p));
			assert_int_equal(utf8_is_valid(view(p, 4)), is_four(p));
			p[3] = 0xc0;
			assert_false(utf8_is_valid(view(p, 4)));
		}
	}
}

static void walks_what_it_wrote(void **state)
{
	for (uint32_t cp = 0; cp < 0x110000; cp += cp < 0x3000 ? 1 : 7) {
		struct sbuf out scoped(sbuf_done) = SBUF(8);
		struct str s;
		uint32_t got = 1;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		assert_int_equal(utf8_add(&out, cp), OK);
		s = sbuf_str(&out);
		assert_true(utf8_is_valid(s));
		assert_int_equal(utf8_is_xml(s), utf8_is_xml_char(cp));
		assert_true(utf8_next(&s, &got));
		assert_int_equal(got, cp);
		assert_int_equal(s.len, 0);
		assert_false(utf8_next(&s, &got));
	}
}

static void refuses_what_is_no_code_point(void **state)
{
	static const uint32_t bad[] = { 0xd800, 0xdbff, 0xdc00, 0xdfff, 0x110000, UINT32_MAX };

	for (size_t i = 0; i < array_len(bad); i++) {
		struct sbuf out scoped(sbuf_done) = SBUF(8);

		assert_int_equal(utf8_add(&out, bad[i]), ERR_INVALID);
		assert_int_equal(out.err, ERR_INVALID);
		assert_int_equal(out.len, 0);
		assert_false(utf8_is_xml_char(bad[i]));
	}
}

static void keeps_place_at_bad_bytes(void **state)
{
	struct str s = STR("a\xc3");
	uint32_t cp = 7;

	assert_true(utf8_next(&s, &cp));
	assert_int_equal(cp, 'a');
	assert_false(utf8_next(&s, &cp));
	assert_int_equal(s.len, 1);
	assert_int_equal(cp, 'a');
}

/* A bad byte anywhere in a long string, so at every place of the words that are looked at at once.
 */
static void finds_bad_bytes_at_every_place(void **state)
{
	static const unsigned char bad[] = { 0x00, 0x08, 0x0b, 0x1f, 0x80, 0xc0, 0xff };
	char text[40];

	for (size_t len = 1; len <= sizeof(text); len++) {
		for (size_t at = 0; at < len; at++) {
			memset(text, 'x', sizeof(text));
			assert_true(utf8_is_xml(str_make(text, len)));
			for (size_t i = 0; i < sizeof(bad); i++) {
				text[at] = (char)bad[i];
				assert_false(utf8_is_xml(str_make(text, len)));
				assert_int_equal(utf8_is_valid(str_make(text, len)), bad[i] < 0x80);
			}
			text[at] = '\t';
			assert_true(utf8_is_xml(str_make(text, len)));
		}
	}
	assert_true(utf8_is_xml(STR_NONE));
	assert_false(utf8_is_xml(STR("\xef\xbf\xbe")));
	assert_true(utf8_is_xml(STR("\x7f\xef\xbf\xbd")));
}

UNIT_TESTS(codec_utf8, cmocka_unit_test(knows_every_pair),
	   cmocka_unit_test(knows_every_triple_and_quad), cmocka_unit_test(walks_what_it_wrote),
	   cmocka_unit_test(refuses_what_is_no_code_point),
	   cmocka_unit_test(keeps_place_at_bad_bytes),
	   cmocka_unit_test(finds_bad_bytes_at_every_place));
