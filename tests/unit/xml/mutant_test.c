/* SPDX-License-Identifier: Apache-2.0 */
/* Beside expat: tens of thousands of spoiled stanzas and streams, always the same ones, and every
 * character in a name. */
#include "support/unit.h"

#ifdef HAVE_EXPAT
#include "codec/utf8.h"
#include "support/xml/check.h"
#include "xml/name.h"

enum { STANZAS = 40000, STREAMS = 10000, TEXT_MAX = 1024 };

static const struct str stanzas[] = {
	STR_INIT(
		"<message type='chat' to='bob@example.org' id='a1' xml:lang='en'><body>Hi &amp; \xc3\xa9\xe4\xb8\x96</body>"
		"<active xmlns='http://jabber.org/protocol/chatstates'/><x xmlns='urn:x' a=\"b\"/></message>"),
	STR_INIT("<a>x<![CDATA[<b>&]]]]>y\r\nz\r</a>"),
	STR_INIT("<a b='&#10;&#x9;&lt;&quot;\r\n\t'>&#x10FFFF;&#13;]]&gt;</a>"),
	STR_INIT(
		"<p:a xmlns:p='urn:p' p:x='1' x='2'><p:b xmlns:p='urn:q' p:x='1'/><p:c xmlns=''><d/></p:c><e/></p:a>"),
	STR_INIT("<a xmlns:p='urn:p' xmlns:q='urn:q' p:x='1' q:x='2'/>"),
	STR_INIT("<stream:error><x xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"),
	STR_INIT("<xml:a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>"),
	STR_INIT(
		"<\xc3\xa9\xcc\x81 \xe4\xb8\x96='1'><b  c = '1'\n d=\"'\" ></b ></\xc3\xa9\xcc\x81>"),
};

static const struct str streams[] = {
	STR_INIT(
		"<?xml version='1.0' encoding='UTF-8'?>\n<stream:stream xmlns='jabber:client' to='a.b' "
		"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'> <a>b</a><c d='/>'/>\n</stream:stream>"),
	STR_INIT("<s xmlns='u'><a><![CDATA[</a>]]></a> <b xmlns:c='d'><c:e/></b></s>\n"),
	STR_INIT(" <s:s xmlns:s='u'><a b=\"<!--\" c='>'><!----></a></s:s>"),
};

static const struct str words[] = {
	STR_INIT("<"),
	STR_INIT(">"),
	STR_INIT("/>"),
	STR_INIT("</"),
	STR_INIT("='"),
	STR_INIT("'"),
	STR_INIT("\""),
	STR_INIT("&"),
	STR_INIT(";"),
	STR_INIT(":"),
	STR_INIT("a:"),
	STR_INIT(" "),
	STR_INIT("\r\n"),
	STR_INIT("\t"),
	STR_INIT("]]>"),
	STR_INIT("<![CDATA["),
	STR_INIT("<!--"),
	STR_INIT("-->"),
	STR_INIT("<?"),
	STR_INIT("?>"),
	STR_INIT("<!DOCTYPE a>"),
	STR_INIT("&#"),
	STR_INIT("&#x"),
	STR_INIT("&a;"),
	STR_INIT("&lt;"),
	STR_INIT("&#0;"),
	STR_INIT(" xmlns='v'"),
	STR_INIT(" xmlns:p='w'"),
	STR_INIT(" xmlns:xml='u'"),
	STR_INIT(" p:x=''"),
	STR_INIT(" x=''"),
	STR_INIT("<b/>"),
	STR_INIT("\xc3"),
	STR_INIT("\xc2\xb7"),
	STR_INIT("\xcc\x80"),
	STR_INIT("\xef\xbf\xbe"),
	STR_INIT("\xed\xa0\x80"),
	STR_INIT("\xc0\x80"),
	STR_INIT("\xe2\xb0\x80"),
	STR_INIT("\0"),
	STR_INIT("\x7f"),
	STR_INIT("-"),
	STR_INIT("1"),
	STR_INIT("xmlns"),
	STR_INIT("http://www.w3.org/2000/xmlns/"),
	STR_INIT("|"),
};

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Puts piece in the place of [at, at + cut). */
static size_t replace(char *buf, size_t len, size_t at, size_t cut, struct str piece)
{
	if (len - cut + piece.len > TEXT_MAX)
		return len;
	memmove(buf + at + piece.len, buf + at + cut, len - at - cut);
	memcpy(buf + at, piece.ptr, piece.len);
	return len - cut + piece.len;
}

static size_t spoil(char *buf, size_t len, uint64_t *state)
{
	uint64_t r = next_random(state);
	size_t at = (r >> 32) % (len + 1), cut = (r >> 8) % 6, from = (r >> 12) % (len + 1);
	char copy[8];

	if (cut > len - at)
		cut = len - at;
	switch (r % 5) {
	case 0:
		return replace(buf, len, at, cut, STR(""));
	case 1:
		copy[0] = (char)(r >> 16);
		return replace(buf, len, at, len > at, str_make(copy, 1));
	case 2:
		/* A piece of it, once more. */
		cut = len - from < sizeof(copy) ? len - from : sizeof(copy);
		memcpy(copy, buf + from, cut);
		return replace(buf, len, at, 0, str_make(copy, cut));
	default:
		return replace(buf, len, at, r & 1024 ? cut : 0,
			       words[(r >> 16) % array_len(words)]);
	}
}

static struct str mutant(char *buf, const struct str *seeds, size_t count, uint64_t *state)
{
	struct str seed = seeds[next_random(state) % count];
	size_t len = seed.len;

	memcpy(buf, seed.ptr, len);
	for (uint64_t n = 1 + next_random(state) % 3; n; n--)
		len = spoil(buf, len, state);
	return str_make(buf, len);
}

static void agrees_with_expat_on_stanzas(void **state)
{
	uint64_t seed = 20;
	size_t accepted = 0;
	char buf[TEXT_MAX];

	for (size_t i = 0; i < array_len(stanzas); i++) {
		const char *broken = check_unit(stanzas[i], NULL);

		if (broken)
			fail_msg("%s: %.*s", broken, STR_ARG(stanzas[i]));
	}
	for (int i = 0; i < STANZAS; i++) {
		struct str text = mutant(buf, stanzas, array_len(stanzas), &seed);
		bool is_accepted;
		const char *broken = check_unit(text, &is_accepted);

		if (broken)
			fail_msg("mutant %d, %s: %.*s", i, broken, STR_ARG(text));
		accepted += is_accepted;
	}
	/* Neither way of agreeing is the only one that was tried. */
	assert_in_range(accepted, STANZAS / 20, STANZAS / 2);
}

static void agrees_with_expat_on_streams(void **state)
{
	uint64_t seed = 21;
	char buf[TEXT_MAX];

	for (int i = 0; i < STREAMS; i++) {
		struct str text = mutant(buf, streams, array_len(streams), &seed);
		const char *broken = check_stream(text, (uint32_t)seed);

		if (broken)
			fail_msg("mutant %d, %s: %.*s", i, broken, STR_ARG(text));
	}
}

static bool expat_takes(XML_Parser parser, struct str text)
{
	(void)XML_ParserReset(parser, "UTF-8");
	return XML_Parse(parser, text.ptr, (int)text.len, 1) == XML_STATUS_OK;
}

static void agrees_with_expat_on_names(void **state)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");

	for (uint32_t cp = 1; cp < 0x10400; cp++) {
		struct sbuf b scoped(sbuf_done) = SBUF(64);
		const char *end;

		if ((cp >= 0xd800 && cp <= 0xdfff) || cp == ':' || cp == '/' || cp == '<' ||
		    cp == '>' || cp == ' ' || (cp >= 9 && cp <= 13))
			continue;
		(void)sbuf_lit(&b, "<");
		(void)utf8_add(&b, cp);
		end = xml_name_end(b.ptr + 1, b.ptr + b.len);
		(void)sbuf_lit(&b, "/>");
		assert_int_equal(end == b.ptr + b.len - 2, expat_takes(parser, sbuf_str(&b)));
		sbuf_reset(&b);
		(void)sbuf_lit(&b, "<a");
		(void)utf8_add(&b, cp);
		end = xml_name_end(b.ptr + 1, b.ptr + b.len);
		(void)sbuf_lit(&b, "/>");
		assert_int_equal(end == b.ptr + b.len - 2, expat_takes(parser, sbuf_str(&b)));
	}
	XML_ParserFree(parser);
}

#define MUTANT_TESTS                                                                               \
	cmocka_unit_test(agrees_with_expat_on_stanzas),                                            \
		cmocka_unit_test(agrees_with_expat_on_streams),                                    \
		cmocka_unit_test(agrees_with_expat_on_names)
#else
static void agrees_with_expat(void **state)
{
	skip();
}

#define MUTANT_TESTS cmocka_unit_test(agrees_with_expat)
#endif

UNIT_TESTS(xml_mutant, MUTANT_TESTS);
