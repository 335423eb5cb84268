/* SPDX-License-Identifier: Apache-2.0 */
/* Framing in every fragmentation, and what it refuses. */
#include "support/unit.h"
#include "xml/scan.h"

static const struct xml_limits wide = { .stanza_bytes = 10000, .depth = 100 };

#define OPEN                                                                                       \
	"<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/* One of everything that a byte may be inside of. */
static const struct str parts[] = {
	STR_INIT(OPEN),
	STR_INIT(" \r\n\t"),
	STR_INIT(
		"<message to='a@b/\"c>' x=\"'/><\" ><body>a &amp; ]] &gt; \xe4\xb8\x96</body><x/></message>"),
	STR_INIT("<iq/>"),
	STR_INIT("<a><![CDATA[<b>]] >]></b>]]]]><b  /><![CDATA[]]]></a\n>"),
	STR_INIT("\n"),
	STR_INIT("<p><p><p></p></p></p>"),
	STR_INIT("</stream:stream >"),
};

struct seen {
	size_t count;
	size_t skipped, unit_bytes;
	struct str units[16];
	enum xml_scan_event events[16];
	enum xml_fault fault;
};

static struct xml_scan scan;

/* Feeds [from, to) until it is used up, and adds to what was seen; *begin is where the unit began.
 */
static void feed(struct str text, size_t from, size_t to, size_t *begin, struct seen *seen)
{
	while (from < to && scan.fault == XML_FAULT_NONE) {
		size_t used = 0, skipped = 0;
		enum xml_scan_event event;

		if (xml_scan_is_idle(&scan))
			*begin = from;
		event = xml_scan_feed(&scan, &wide, str_sub(text, from, to - from), &used,
				      &skipped);
		assert_true(skipped <= used && used <= to - from);
		if (skipped)
			*begin = from + skipped;
		seen->skipped += skipped;
		seen->unit_bytes += used - skipped;
		from += used;
		if (event == XML_SCAN_ERROR)
			break;
		if (event == XML_SCAN_MORE) {
			assert_int_equal(from, to);
			continue;
		}
		assert_true(xml_scan_is_idle(&scan));
		assert_int_equal(scan.size, from - *begin);
		seen->events[seen->count] = event;
		seen->units[seen->count++] = str_sub(text, *begin, from - *begin);
		assert_true(seen->count < array_len(seen->units));
	}
	seen->fault = (enum xml_fault)scan.fault;
}

/* In up to three pieces. */
static struct seen run(struct str text, size_t first, size_t second)
{
	struct seen seen = { 0 };
	size_t begin = 0;

	xml_scan_init(&scan);
	feed(text, 0, first, &begin, &seen);
	feed(text, first, second, &begin, &seen);
	feed(text, second, text.len, &begin, &seen);
	return seen;
}

static struct seen run_whole(struct str text)
{
	return run(text, 0, 0);
}

static struct str sample(char *buf)
{
	size_t len = 0;

	for (size_t i = 0; i < array_len(parts); i++) {
		memcpy(buf + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	return str_make(buf, len);
}

static void expect_sample(const struct seen *seen)
{
	static const struct {
		enum xml_scan_event event;
		size_t part;
	} want[] = { { XML_SCAN_OPEN, 0 },   { XML_SCAN_STANZA, 2 }, { XML_SCAN_STANZA, 3 },
		     { XML_SCAN_STANZA, 4 }, { XML_SCAN_STANZA, 6 }, { XML_SCAN_CLOSE, 7 } };

	assert_int_equal(seen->fault, XML_FAULT_NONE);
	assert_int_equal(seen->count, array_len(want));
	for (size_t i = 0; i < seen->count; i++) {
		assert_int_equal(seen->events[i], want[i].event);
		assert_true(str_eq(seen->units[i], parts[want[i].part]));
	}
	assert_int_equal(seen->skipped, 5);
}

static void finds_units_in_every_fragmentation(void **state)
{
	char buf[2000];
	struct str text = sample(buf);
	struct seen seen;

	seen = run_whole(text);
	expect_sample(&seen);
	for (size_t i = 0; i <= text.len; i++) {
		for (size_t k = i; k <= text.len; k++) {
			seen = run(text, i, k);
			expect_sample(&seen);
		}
	}
}

static void finds_units_byte_by_byte(void **state)
{
	char buf[2000];
	struct str text = sample(buf);
	struct seen seen = { 0 };
	size_t begin = 0;

	xml_scan_init(&scan);
	for (size_t i = 0; i < text.len; i++)
		feed(text, i, i + 1, &begin, &seen);
	expect_sample(&seen);
}

/* A fault is the same one, and comes at the same byte, in every fragmentation. */
static void expect_fault(struct str text, enum xml_fault fault)
{
	struct seen whole = run_whole(text);
	size_t at = whole.skipped + whole.unit_bytes;

	if (whole.fault != fault)
		fail_msg("fault %d instead of %d in %.*s", (int)whole.fault, (int)fault,
			 STR_ARG(text));
	for (size_t i = 1; i < text.len; i++) {
		struct seen split = run(text, i, i);

		assert_int_equal(split.fault, fault);
		assert_int_equal(split.skipped + split.unit_bytes, at);
	}
}

static void refuses_what_xmpp_forbids(void **state)
{
	static const struct {
		struct str text;
		enum xml_fault fault;
	} rows[] = {
		/* XMPP.md 5, row 1: before the stream, between stanzas, inside of one. */
		{ STR_INIT("<!DOCTYPE a>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>"),
		  XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<!DOCTYPE a>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><!DOCTYPE a>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><!ENTITY a 'b'>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<!-- -->"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<!-- -->"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><!-- -->"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?php?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?xml-stylesheet?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?xml?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(" <?xml version='1.0'?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT("<?xml version='1.0'?><?xml version='1.0'?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<?xml version='1.0'?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><?x y?>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<![CDATA[ ]]>"), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><![CDATB["), XML_FAULT_RESTRICTED },
		{ STR_INIT(OPEN "<a><![cdata["), XML_FAULT_RESTRICTED },
		{ STR_INIT("x"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("\0"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("\xef\xbb\xbf<a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("\xff\xfe<\0"), XML_FAULT_ENCODING },
		{ STR_INIT("<\0a\0"),
		  XML_FAULT_NONE }, /* UTF-16 without a mark: xml_parse_open says so */
		{ STR_INIT("<?xml version='1.0'?>x"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<?xml version='1.0'>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "x"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "<a/>x"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "<a/>&#32;"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "<a/>\0"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "<a<"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT(OPEN "<a/b>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("</a>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a/>"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a></a> <"), XML_FAULT_NOT_WELL_FORMED },
		{ STR_INIT("<a></a> "), XML_FAULT_NONE },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		expect_fault(rows[i].text, rows[i].fault);
}

static void stays_refused(void **state)
{
	size_t used = 7, skipped = 7;

	(void)run_whole(STR("x"));
	assert_int_equal(xml_scan_feed(&scan, &wide, STR("<a>"), &used, &skipped), XML_SCAN_ERROR);
	assert_int_equal(used, 0);
	assert_int_equal(skipped, 0);
	assert_int_equal(scan.fault, XML_FAULT_NOT_WELL_FORMED);
	assert_false(xml_scan_is_idle(&scan));
}

static enum xml_fault run_limited(struct str text, const struct xml_limits *limits, size_t step)
{
	size_t used, skipped;

	xml_scan_init(&scan);
	for (size_t at = 0; at < text.len; at += used) {
		if (xml_scan_feed(&scan, limits, str_sub(text, at, step), &used, &skipped) ==
		    XML_SCAN_ERROR)
			break;
	}
	return (enum xml_fault)scan.fault;
}

static void keeps_the_limits(void **state)
{
	/* <stream> has 8 bytes, the stanza 16. */
	const struct str text = STR("<stream>    \n      <a><b>xxx</b></a><i/>");
	struct xml_limits limits = { .stanza_bytes = 17, .depth = 3 };

	for (size_t step = 1; step < 50; step++) {
		limits.stanza_bytes = 17;
		limits.depth = 3;
		assert_int_equal(run_limited(text, &limits, step), XML_FAULT_NONE);
		limits.stanza_bytes = 16;
		assert_int_equal(run_limited(text, &limits, step), XML_FAULT_TOO_BIG);
		limits.stanza_bytes = 7;
		assert_int_equal(run_limited(text, &limits, step), XML_FAULT_TOO_BIG);
		limits.stanza_bytes = 17;
		limits.depth = 2;
		assert_int_equal(run_limited(text, &limits, step), XML_FAULT_TOO_BIG);
		limits.depth = 0;
		assert_int_equal(run_limited(text, &limits, step), XML_FAULT_TOO_BIG);
	}
	assert_int_equal(sizeof(scan), 12);
}

/* XMPP.md 5, row 2: what never ends is refused when the limit is passed, not later. */
static void refuses_endless_units(void **state)
{
	static const char *const begins[] = { "<", "<a b='", "<a ", "<?xml ", "<?xml ?>" };
	const struct xml_limits limits = { .stanza_bytes = 4096, .depth = 4 };

	for (size_t i = 0; i < array_len(begins); i++) {
		struct str piece = str_from(begins[i]);
		size_t fed = 0, used, skipped;

		xml_scan_init(&scan);
		while (xml_scan_feed(&scan, &limits, piece, &used, &skipped) == XML_SCAN_MORE) {
			fed += used;
			assert_true(fed <= 4096);
			piece = STR("          ");
		}
		assert_int_equal(scan.fault, XML_FAULT_TOO_BIG);
		assert_int_equal(fed + used, 4096);
	}
}

static void lets_keep_alives_pass(void **state)
{
	const struct xml_limits limits = { .stanza_bytes = 10, .depth = 4 };
	size_t used, skipped;

	xml_scan_init(&scan);
	assert_true(xml_scan_is_idle(&scan));
	assert_int_equal(xml_scan_feed(&scan, &limits, STR("<s> "), &used, &skipped),
			 XML_SCAN_OPEN);
	assert_int_equal(used, 3);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(xml_scan_feed(&scan, &limits, STR(" \n"), &used, &skipped),
				 XML_SCAN_MORE);
		assert_int_equal(skipped, 2);
		assert_true(xml_scan_is_idle(&scan));
	}
	assert_int_equal(xml_scan_feed(&scan, &limits, STR(""), &used, &skipped), XML_SCAN_MORE);
	assert_int_equal(used, 0);
	assert_int_equal(xml_scan_feed(&scan, &limits, STR("  <a"), &used, &skipped),
			 XML_SCAN_MORE);
	assert_int_equal(skipped, 2);
	assert_int_equal(used, 4);
	assert_false(xml_scan_is_idle(&scan));
	assert_int_equal(xml_scan_feed(&scan, &limits, STR("/><"), &used, &skipped),
			 XML_SCAN_STANZA);
	assert_int_equal(used, 2);
	assert_int_equal(skipped, 0);
}

UNIT_TESTS(xml_scan, cmocka_unit_test(finds_units_in_every_fragmentation),
	   cmocka_unit_test(finds_units_byte_by_byte), cmocka_unit_test(refuses_what_xmpp_forbids),
	   cmocka_unit_test(stays_refused), cmocka_unit_test(keeps_the_limits),
	   cmocka_unit_test(refuses_endless_units), cmocka_unit_test(lets_keep_alives_pass));
