/* SPDX-License-Identifier: Apache-2.0 */
/* Tree -> text, to the byte. */
#include "support/unit.h"
#include "xml/write.h"

#define CLIENT STR("jabber:client")
#define STREAM STR("http://etherx.jabber.org/streams")

static struct arena a;
static struct sbuf out;

static int begin(void **state)
{
	arena_init(&a, MIB);
	out = SBUF(64 * KIB);
	return 0;
}

static int end(void **state)
{
	arena_done(&a);
	sbuf_done(&out);
	return 0;
}

static void expect(const char *text)
{
	assert_int_equal(out.err, OK);
	assert_int_equal(sbuf_add_char(&out, '\0'), OK);
	assert_string_equal(out.ptr, text);
	sbuf_reset(&out);
}

static void writes_stanzas(void **state)
{
	struct xml *x = xml_new(&a, CLIENT, STR("message")), *child;

	xml_set(&a, x, STR("to"), STR("a'b\"<&>\r\n\t"));
	xml_set_ns(&a, x, XML_NS_XML, STR("lang"), STR("de"));
	(void)xml_add_text_el(&a, x, CLIENT, STR("body"), STR("1 < 2 & '3' > \"2\"\r\n\t"));
	child = xml_add_new(&a, x, STR("urn:x"), STR("x"));
	(void)xml_add_new(&a, child, STR("urn:x"), STR("y"));
	(void)xml_add_new(&a, child, CLIENT, STR("z"));
	(void)xml_add_new(&a, child, STR(""), STR("none"));
	(void)xml_write(&out, x, CLIENT);
	expect("<message to='a&apos;b&quot;&lt;&amp;&gt;&#13;&#10;&#9;' xml:lang='de'><body>1 &lt; 2 &amp; "
	       "&apos;3&apos; &gt; &quot;2&quot;&#13;\n\t</body><x xmlns='urn:x'><y/><z xmlns='jabber:client'/>"
	       "<none xmlns=''/></x></message>");
	(void)xml_write(&out, xml_child(x, CLIENT, STR("body")), STR("jabber:server"));
	expect("<body xmlns='jabber:client'>1 &lt; 2 &amp; &apos;3&apos; &gt; &quot;2&quot;&#13;\n\t</body>");
}

static void writes_stream_elements(void **state)
{
	struct xml *x = xml_new(&a, STREAM, STR("error")), *child;

	(void)xml_add_new(&a, x, STR("urn:s"), STR("reset"));
	child = xml_add_new(&a, x, CLIENT, STR("m"));
	(void)xml_add_new(&a, child, STREAM, STR("e"));
	(void)xml_write(&out, x, CLIENT);
	expect("<stream:error><reset xmlns='urn:s'/><m><stream:e/></m></stream:error>");
	/* RFC 7395 3.3.3. */
	(void)xml_write_alone(&out, x);
	expect("<stream:error xmlns:stream='http://etherx.jabber.org/streams'><reset xmlns='urn:s'/>"
	       "<m xmlns='jabber:client'><stream:e/></m></stream:error>");
	(void)xml_write_alone(&out, child);
	expect("<m xmlns='jabber:client'><stream:e xmlns:stream='http://etherx.jabber.org/streams'/></m>");
}

static void makes_prefixes_for_attributes(void **state)
{
	struct xml *x = xml_new(&a, CLIENT, STR("a"));

	xml_set_ns(&a, x, STR("urn:1"), STR("b"), STR("c"));
	xml_set_ns(&a, x, STR("urn:&"), STR("b"), STR("d"));
	xml_add_text(&a, x, STR("t"));
	(void)xml_write(&out, x, CLIENT);
	expect("<a xmlns:n0='urn:1' n0:b='c' xmlns:n1='urn:&amp;' n1:b='d'>t</a>");
	x = xml_new(&a, XML_NS_XML, STR("b"));
	(void)xml_add_new(&a, x, CLIENT, STR("c"));
	(void)xml_write(&out, x, CLIENT);
	expect("<xml:b><c/></xml:b>");
}

static void refuses_what_xml_cannot_carry(void **state)
{
	static const struct str bad[] = { STR_INIT("a\0b"),         STR_INIT("\x1b[2J"),
					  STR_INIT("\xc3"),         STR_INIT("\xed\xa0\x80"),
					  STR_INIT("\xef\xbf\xbf"), STR_INIT("&\x01") };

	for (size_t i = 0; i < array_len(bad); i++) {
		struct xml *x = xml_new(&a, CLIENT, STR("a"));

		assert_int_equal(xml_write_text(&out, bad[i]), ERR_INVALID);
		sbuf_reset(&out);
		assert_int_equal(xml_write_attr(&out, bad[i]), ERR_INVALID);
		sbuf_reset(&out);
		xml_add_text(&a, x, bad[i]);
		assert_int_equal(xml_write(&out, x, CLIENT), ERR_INVALID);
		sbuf_reset(&out);
		x = xml_new(&a, CLIENT, STR("a"));
		xml_set(&a, x, STR("b"), bad[i]);
		assert_int_equal(xml_write(&out, x, CLIENT), ERR_INVALID);
		assert_int_equal(out.err, ERR_INVALID);
		sbuf_reset(&out);
	}
}

static void keeps_the_limit(void **state)
{
	struct xml *x = xml_new(&a, CLIENT, STR("abc"));
	char text[200];

	xml_set(&a, x, STR("d"), STR("e&"));
	(void)xml_add_text_el(&a, x, CLIENT, STR("f"), STR("g<h"));
	(void)xml_write(&out, x, CLIENT);
	expect("<abc d='e&amp;'><f>g&lt;h</f></abc>");
	for (size_t limit = 0; limit < 35; limit++) {
		struct sbuf small scoped(sbuf_done) = SBUF(limit);

		assert_int_equal(xml_write(&small, x, CLIENT), ERR_TOO_BIG);
		assert_int_equal(small.err, ERR_TOO_BIG);
		assert_true(small.len <= limit);
	}
	memset(text, '&', sizeof(text));
	{
		struct sbuf small scoped(sbuf_done) = SBUF(999);

		assert_int_equal(xml_write_text(&small, str_make(text, sizeof(text))), ERR_TOO_BIG);
	}
}

static void writes_deep_trees(void **state)
{
	struct sbuf big scoped(sbuf_done) = SBUF(4 * MIB);
	struct arena own scoped(arena_done);
	struct xml *root, *x;

	arena_init(&own, 64 * MIB);
	root = x = xml_new(&own, CLIENT, STR("a"));
	for (int i = 1; i < 100000; i++)
		x = xml_add_new(&own, x, CLIENT, STR("a"));
	root = xml_copy(&own, root);
	assert_int_equal(xml_write(&big, root, CLIENT), OK);
	assert_int_equal(big.len, 99999 * 7 + 4);
}

static void markup_is_written_as_it_is(void **state)
{
	struct xml *x = xml_new(&a, CLIENT, STR("message")), *copy;

	xml_add_text(&a, x, STR("<"));
	xml_add_markup(&a, x, STR("<b xmlns='urn:b'>&lt;</b>"));
	copy = xml_copy(&a, x);
	assert_int_equal(xml_write(&out, copy, CLIENT), OK);
	expect("<message>&lt;<b xmlns='urn:b'>&lt;</b></message>");
	assert_true(str_eq(xml_text(copy, &a), STR("<")));
	assert_null(xml_first(copy));
	assert_true(xml_write_bound(copy) >= 50);
}

UNIT_TESTS_WITH(xml_write, begin, end, cmocka_unit_test(writes_stanzas),
		cmocka_unit_test(writes_stream_elements),
		cmocka_unit_test(makes_prefixes_for_attributes),
		cmocka_unit_test(refuses_what_xml_cannot_carry), cmocka_unit_test(keeps_the_limit),
		cmocka_unit_test(writes_deep_trees), cmocka_unit_test(markup_is_written_as_it_is));
