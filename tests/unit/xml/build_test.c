/* SPDX-License-Identifier: Apache-2.0 */
/* Text -> tree: what it gives, and all that it refuses (XML 1.0, Namespaces in XML, RFC 6120 11).
 */
#include "support/unit.h"
#include "xml/build.h"

#include <stdio.h>

#define NS_A   STR("urn:a")
#define CLIENT STR("jabber:client")

static const struct xml_limits wide = {
	.stanza_bytes = 1 << 20, .depth = 100, .attrs = 100, .name_bytes = 100, .children = 10000
};
static const struct xml_scope in_stream = {
	.default_ns = STR_INIT("jabber:client"),
	.prefixes = { { STR_INIT("stream"), STR_INIT("http://etherx.jabber.org/streams") } },
	.prefix_count = 1,
};

static struct arena a;

static int begin(void **state)
{
	arena_init(&a, 64 * MIB);
	return 0;
}

static int end(void **state)
{
	arena_done(&a);
	return 0;
}

static struct xml *parse(struct str text)
{
	struct xml *x = NULL;
	enum xml_fault fault = xml_parse(&a, text, &in_stream, &wide, &x);

	if (fault)
		fail_msg("fault %d in %.*s", (int)fault, STR_ARG(text));
	return x;
}

static void expect_fault(struct str text, enum xml_fault fault)
{
	struct xml untouched, *x = &untouched;
	enum xml_fault got = xml_parse(&a, text, &in_stream, &wide, &x);

	if (got != fault)
		fail_msg("fault %d instead of %d in %.*s", (int)got, (int)fault, STR_ARG(text));
	assert_ptr_equal(x, &untouched);
}

static void builds_a_message(void **state)
{
	const struct str text = STR("<message to='bob@b' id=\"1\" xml:lang='de'><body>Hi</body>"
				    "<active xmlns='urn:a'/><x/>tail</message>\n");
	struct xml *x = parse(text), *child;

	assert_true(xml_is(x, CLIENT, STR("message")));
	assert_true(str_eq(xml_attr(x, STR("to")), STR("bob@b")));
	assert_true(str_eq(xml_attr(x, STR("id")), STR("1")));
	assert_false(str_is_set(xml_attr(x, STR("lang"))));
	assert_true(str_eq(xml_attr_ns(x, XML_NS_XML, STR("lang")), STR("de")));
	assert_true(str_eq(xml_child_text(x, CLIENT, STR("body"), &a), STR("Hi")));
	child = xml_next(xml_first(x));
	assert_true(xml_is(child, NS_A, STR("active")));
	assert_ptr_equal(child->parent, x);
	/* The default ends with its element. */
	assert_true(xml_is(xml_next(child), CLIENT, STR("x")));
	assert_true(str_eq(xml_text(x, &a), STR("tail")));
	/* In place: nothing was copied. */
	assert_true(x->name.ptr == text.ptr + 1);
	assert_true(xml_attr(x, STR("to")).ptr == text.ptr + 13);
}

static void unescapes(void **state)
{
	struct xml *x = parse(STR(
		"<a v='&lt;&#65;&#x1F600; \r\n\t\n&#10;&#13;\"'>&amp;x&apos;\r\n\r<![CDATA[<b>&amp;"
		"\r\n]]>&quot;&gt;]]&gt;</a>"));

	assert_true(str_eq(xml_attr(x, STR("v")), STR("<A\xf0\x9f\x98\x80    \n\r\"")));
	assert_true(str_eq(xml_text(x, &a), STR("&x'\n\n<b>&amp;\n\">]]>")));
	/* One piece, whatever it was made of. */
	assert_ptr_equal(x->first, x->last);
	x = parse(STR("<a><![CDATA[]]></a>"));
	assert_null(x->first);
	x = parse(STR("<a>1 > 0 ] ]> ]]</a>"));
	assert_true(str_eq(xml_text(x, &a), STR("1 > 0 ] ]> ]]")));
	x = parse(STR("<a>]]<![CDATA[]]>></a>"));
	assert_true(str_eq(xml_text(x, &a), STR("]]>")));
}

static void resolves_namespaces(void **state)
{
	struct xml *x = parse(STR(
		"<p:a p:x='1' x='2' xmlns:p='urn:a' xmlns='urn:b'><p:b xmlns:p='urn:c' p:x='3'/>"
		"<p:c/><d xmlns=''><e/></d><stream:f/></p:a>"));
	struct xml *child = xml_first(x);

	assert_true(xml_is(x, NS_A, STR("a")));
	assert_true(str_eq(xml_attr_ns(x, NS_A, STR("x")), STR("1")));
	assert_true(str_eq(xml_attr(x, STR("x")), STR("2")));
	assert_true(xml_is(child, STR("urn:c"), STR("b")));
	assert_true(str_eq(xml_attr_ns(child, STR("urn:c"), STR("x")), STR("3")));
	child = xml_next(child);
	assert_true(xml_is(child, NS_A, STR("c")));
	child = xml_next(child);
	assert_true(xml_is(child, STR(""), STR("d")));
	assert_true(xml_is(xml_first(child), STR(""), STR("e")));
	/* XMPP.md 5, row 16: it is what it is, and the owner of the stream sees that. */
	assert_true(xml_is(xml_next(child), in_stream.prefixes[0].ns, STR("f")));
	/* Of attributes, only xmlns ones are taken away. */
	assert_int_equal(x->attrs->next->next == NULL, 1);
}

static void ends_a_declaration_with_its_element(void **state)
{
	struct xml *x = parse(
		STR("<a><b xmlns='urn:b' xmlns:stream='urn:s'><c></c></b><d><stream:e/></d></a>"));
	struct xml *d = xml_next(xml_first(x));

	assert_true(xml_is(xml_first(xml_first(x)), STR("urn:b"), STR("c")));
	assert_true(xml_is(d, CLIENT, STR("d")));
	assert_true(xml_is(xml_first(d), in_stream.prefixes[0].ns, STR("e")));
	expect_fault(STR("<a><b xmlns:c='urn:c'></b><c:d/></a>"), XML_FAULT_NAMESPACE);
}

static void refuses_bad_namespaces(void **state)
{
	static const struct str rows[] = {
		STR_INIT("<b:a/>"),
		STR_INIT("<a b:c=''/>"),
		STR_INIT("<a><b:c xmlns:b='urn:b'/><b:d/></a>"),
		STR_INIT("<xmlns:a/>"),
		STR_INIT("<a xmlns:b=''/>"),
		STR_INIT("<a xmlns:xmlns='urn:b'/>"),
		STR_INIT("<a xmlns:xml='urn:b'/>"),
		STR_INIT("<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>"),
		STR_INIT("<a xmlns='http://www.w3.org/XML/1998/namespace'/>"),
		STR_INIT("<a xmlns:b='http://www.w3.org/2000/xmlns/'/>"),
		STR_INIT("<a xmlns='http://www.w3.org/2000/xmlns/'/>"),
		/* XMPP.md 5, row 15: what other parsers put between namespace and name. */
		STR_INIT("<a xmlns='urn:b urn:c'/>"),
		STR_INIT("<a xmlns='urn:b&#10;c'/>"),
		STR_INIT("<a xmlns:b='urn:b|c'/>"),
		STR_INIT("<a xmlns='urn:b}c'/>"),
		STR_INIT("<a xmlns='urn:b\x7f'/>"),
	};

	for (size_t i = 0; i < array_len(rows); i++)
		expect_fault(rows[i], XML_FAULT_NAMESPACE);
	(void)parse(STR("<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>"));
	(void)parse(STR("<a xmlns='http://a.b/c?d=%20#e'/>"));
}

static const struct str malformed[] = {
	STR_INIT(""),
	STR_INIT("<"),
	STR_INIT("a"),
	STR_INIT(" <a/>"),
	STR_INIT("<a>"),
	STR_INIT("<a/><b/>"),
	STR_INIT("<a/>x"),
	STR_INIT("<a></b>"),
	STR_INIT("<a></a"),
	STR_INIT("<a></ a>"),
	STR_INIT("<a></aa>"),
	STR_INIT("<aa></a>"),
	STR_INIT("<a><b></a></b>"),
	STR_INIT("< a/>"),
	STR_INIT("</a>"),
	STR_INIT("<a/"),
	STR_INIT("<a /b>"),
	STR_INIT("<a b/>"),
	STR_INIT("<a b=/>"),
	STR_INIT("<a b=c/>"),
	STR_INIT("<a b='c\"/>"),
	STR_INIT("<a b='c'd='e'/>"),
	STR_INIT("<a b='<'/>"),
	STR_INIT("<a b='&'/>"),
	STR_INIT("<a b='' b=''/>"),
	STR_INIT("<a xmlns='urn:a' xmlns='urn:a'/>"),
	STR_INIT("<a xmlns:b='urn:b' xmlns:b='urn:c'/>"),
	STR_INIT("<a xmlns:b='urn:b' xmlns:c='urn:b' b:d='' c:d=''/>"),
	STR_INIT("<:a/>"),
	STR_INIT("<a:/>"),
	STR_INIT("<stream:a:b/>"),
	STR_INIT("<a :b=''/>"),
	STR_INIT("<a b:=''/>"),
	STR_INIT("<a xmlns:=''/>"),
	STR_INIT("<1/>"),
	STR_INIT("<-a/>"),
	STR_INIT("<.a/>"),
	STR_INIT("<stream:1/>"),
	STR_INIT("<a 1=''/>"),
	STR_INIT("<a$/>"),
	STR_INIT("<\xc2\xb7/>"),
	STR_INIT("<\xcc\x81"
		 "a/>"),
	STR_INIT("<\xc3\x97/>"),
	STR_INIT("<a>]]></a>"),
	STR_INIT("<a>x]]>y&amp;</a>"),
	STR_INIT("<a>&</a>"),
	STR_INIT("<a>&;</a>"),
	STR_INIT("<a>&amp</a>"),
	STR_INIT("<a>& ;</a>"),
	STR_INIT("<a>&#;</a>"),
	STR_INIT("<a>&#x;</a>"),
	STR_INIT("<a>&#X41;</a>"),
	STR_INIT("<a>&#12a;</a>"),
	STR_INIT("<a>&#-1;</a>"),
	STR_INIT("<a>&#0;</a>"),
	STR_INIT("<a>&#8;</a>"),
	STR_INIT("<a>&#xD800;</a>"),
	STR_INIT("<a>&#xFFFE;</a>"),
	STR_INIT("<a>&#x110000;</a>"),
	STR_INIT("<a>&#4294967361;</a>"),
	STR_INIT("<a>&#18446744073709551681;</a>"),
	STR_INIT("<a><![CDATA[</a>"),
	/* XMPP.md 5, row 15: bytes that another parser may read in another way. */
	STR_INIT("<a>\0</a>"),
	STR_INIT("<a>\x01</a>"),
	STR_INIT("<a>\x0b</a>"),
	STR_INIT("<a>\x80</a>"),
	STR_INIT("<a>\xc0\xbc"
		 "b/></a>"),
	STR_INIT("<a>\xe0\x80\xbc</a>"),
	STR_INIT("<a>\xed\xa0\x80\xed\xb0\x80</a>"),
	STR_INIT("<a>\xef\xbf\xbe</a>"),
	STR_INIT("<a>\xef\xbf\xbf</a>"),
	STR_INIT("<a>\xf4\x90\x80\x80</a>"),
	STR_INIT("<a>\xe4\xb8</a>"),
	STR_INIT("<a b='\xc3'/>"),
	STR_INIT("<a\xff/>"),
	STR_INIT("\xef\xbb\xbf<a/>"),
	STR_INIT("<a\x0b b=''/>"),
	STR_INIT("<a\xc2\xa0"
		 "b=''/>"),
	STR_INIT("<a\xc2\x85/>"),
};

static void refuses_what_is_not_well_formed(void **state)
{
	for (size_t i = 0; i < array_len(malformed); i++)
		expect_fault(malformed[i], XML_FAULT_NOT_WELL_FORMED);
}

/* XMPP.md 5, row 1: also where no scanner stood in front (a WebSocket message). */
static void refuses_what_xmpp_forbids(void **state)
{
	static const struct str rows[] = {
		STR_INIT("<!DOCTYPE a><a/>"),
		STR_INIT("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
		STR_INIT("<?xml version='1.0'?><a/>"),
		STR_INIT("<!-- --><a/>"),
		STR_INIT("<a><!-- --></a>"),
		STR_INIT("<a><?b c?></a>"),
		STR_INIT("<a><!DOCTYPE b></a>"),
		STR_INIT("<a>&nbsp;</a>"),
		STR_INIT("<a>&lol9;</a>"),
		STR_INIT("<a b='&c;'/>"),
		STR_INIT("<a>&AMP;</a>"),
		STR_INIT("<a><![cdata[]]></a>"),
		STR_INIT("<a><![CDATA[x]]><!-- --></a>"),
	};

	for (size_t i = 0; i < array_len(rows); i++)
		expect_fault(rows[i], XML_FAULT_RESTRICTED);
}

static enum xml_fault parse_limited(const char *text, struct xml_limits limits)
{
	struct xml *x;

	return xml_parse(&a, str_from(text), &in_stream, &limits, &x);
}

static void keeps_the_limits(void **state)
{
	static const char text[] = "<abc d='' xmlns='' stream:e=''><f><g/></f></abc>";
	struct xml_limits good = { .stanza_bytes = sizeof(text) - 1,
				   .depth = 4,
				   .attrs = 3,
				   .name_bytes = 8,
				   .children = 3 };
	struct xml_limits bad[] = { good, good, good, good, good };

	bad[0].stanza_bytes--;
	bad[1].depth--;
	bad[2].attrs--;
	bad[3].name_bytes--;
	bad[4].children--;
	assert_int_equal(parse_limited(text, good), XML_FAULT_NONE);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(parse_limited(text, bad[i]), XML_FAULT_TOO_BIG);
}

static void stops_when_the_arena_is_over(void **state)
{
	struct arena small scoped(arena_done);
	struct xml *x;

	arena_init(&small, 100);
	assert_int_equal(xml_parse(&small, STR("<a><b/></a>"), &in_stream, &wide, &x),
			 XML_FAULT_TOO_BIG);
}

static void bounds_the_prefixes_around_a_place(void **state)
{
	char text[4096];
	size_t len = 0;

	/* The stream's own, and 63 of nested elements. */
	for (int i = 0; i < XML_PREFIXES_MAX - 1; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "<a xmlns:p%d='urn:p'>", i);
	for (int i = 0; i < XML_PREFIXES_MAX - 1; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "</a>");
	(void)parse(str_make(text, len));
	memcpy(strchr(text, '/') - 1, "<b xmlns:q='u'/>", 16);
	expect_fault(str_make(text, len), XML_FAULT_TOO_BIG);
}

/* XMPP.md 5, row 2: peak memory <= k times the bytes received, for what costs most a byte. */
static void amplifies_little(void **state)
{
	static const struct {
		const char *begin, *repeat, *end;
	} rows[] = { { "<a>", "<b/>", "</a>" },      { "<a>", "x<b/>", "</a>" },
		     { "<a>", "<b c=''/>", "</a>" }, { "<a>", "<b xmlns='u'/>", "</a>" },
		     { "<a>", "<b></b>", "</a>" },   { "<a>", "<![CDATA[]]><b/>&lt;", "</a>" } };
	struct xml_limits limits = wide;

	limits.children = UINT16_MAX;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena own scoped(arena_done);
		char text[60000];
		size_t len = 0;
		struct xml *x;

		arena_init(&own, SIZE_MAX);
		len += (size_t)snprintf(text, sizeof(text), "%s", rows[i].begin);
		while (len < 50000)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
						rows[i].repeat);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", rows[i].end);
		assert_int_equal(xml_parse(&own, str_make(text, len), &in_stream, &limits, &x),
				 XML_FAULT_NONE);
		assert_true(own.used <= 40 * len);
	}
}

static void opens_a_stream(void **state)
{
	struct xml_scope scope;
	struct xml *x;
	char text[] =
		"<?xml version='1.0' encoding=\"utf-8\" standalone='yes' ?>\r\n"
		"<stream:stream to='a.b' xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
		"xmlns:db='jabber:server:dialback' version='1.0'>";

	assert_int_equal(xml_parse_open(&a, str_from(text), &wide, &x, &scope), XML_FAULT_NONE);
	assert_true(xml_is(x, STR("http://etherx.jabber.org/streams"), STR("stream")));
	assert_true(str_eq(xml_attr(x, STR("to")), STR("a.b")));
	assert_null(x->first);
	memset(text, 'x', sizeof(text) - 1);
	/* The scope stands by itself. */
	assert_true(str_eq(scope.default_ns, STR("jabber:server")));
	assert_int_equal(scope.prefix_count, 2);
	assert_int_equal(xml_parse(&a, STR("<db:result/>"), &scope, &wide, &x), XML_FAULT_NONE);
	assert_true(xml_is(x, STR("jabber:server:dialback"), STR("result")));
	assert_int_equal(xml_parse_open(&a, STR("<a>"), &wide, &x, &scope), XML_FAULT_NONE);
	assert_false(str_is_set(scope.default_ns));
	assert_int_equal(scope.prefix_count, 0);
}

static void refuses_bad_openings(void **state)
{
	static const struct {
		struct str text;
		enum xml_fault fault;
	} rows[] = {
		{ STR_INIT("<a/>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a>x"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<b:a>"), XML_FAULT_NAMESPACE },
		{ STR_INIT("<\0a\0>\0"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml?><a>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?xml ?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.1'?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version=1.0?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml encoding='UTF-8'?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0' encoding='ISO-8859-1'?><a>"), XML_FAULT_ENCODING },
		{ STR_INIT("<?xml version='1.0' encoding='UTF-16'?><a>"), XML_FAULT_ENCODING },
		{ STR_INIT("<?xml version='1.0' encoding=''?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0' encoding='\xc3\xa9'?><a>"),
		  XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0'encoding='UTF-8'?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0' standalone='maybe'?><a>"),
		  XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0' standalone='no' encoding='UTF-8'?><a>"),
		  XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0' x='y'?><a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a xmlns:b='u' xmlns:c='u' xmlns:d='u' xmlns:e='u' xmlns:f='u'>"),
		  XML_FAULT_TOO_BIG },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct xml_scope scope;
		struct xml *x;
		enum xml_fault got = xml_parse_open(&a, rows[i].text, &wide, &x, &scope);

		if (got != rows[i].fault)
			fail_msg("fault %d in %.*s", (int)got, STR_ARG(rows[i].text));
	}
}

UNIT_TESTS_WITH(xml_build, begin, end, cmocka_unit_test(builds_a_message),
		cmocka_unit_test(unescapes), cmocka_unit_test(resolves_namespaces),
		cmocka_unit_test(ends_a_declaration_with_its_element),
		cmocka_unit_test(refuses_bad_namespaces),
		cmocka_unit_test(refuses_what_is_not_well_formed),
		cmocka_unit_test(refuses_what_xmpp_forbids), cmocka_unit_test(keeps_the_limits),
		cmocka_unit_test(stops_when_the_arena_is_over),
		cmocka_unit_test(bounds_the_prefixes_around_a_place),
		cmocka_unit_test(amplifies_little), cmocka_unit_test(opens_a_stream),
		cmocka_unit_test(refuses_bad_openings));
