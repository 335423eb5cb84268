/* SPDX-License-Identifier: Apache-2.0 */
/* xml/write: the bound of what a tree becomes when it is written. */
#include "xml/build.h"
#include "xml/write.h"

#include "support/unit.h"

#include <stdio.h>

static const struct xml_limits limits = {
	.stanza_bytes = 100000, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 10000
};

static void check(const char *text, size_t at_most_times)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(64 * MIB);
	const struct xml_scope scope = { .default_ns = STR("jabber:client") };
	struct xml *x;

	arena_init(&a, 16 * MIB);
	assert_int_equal(xml_parse(&a, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	assert_int_equal(xml_write_alone(&out, x), OK);
	assert_true(xml_write_bound(x) >= out.len);
	assert_true(xml_write_bound(x) <= at_most_times * (out.len + 64));
}

static void is_a_bound(void **state)
{
	check("<message/>", 3);
	check("<message to='a' xml:lang='de'><body>x&lt;y</body><x xmlns='urn:x'><y><z/></y></x></message>",
	      8);
	check("<message><a xmlns='http://etherx.jabber.org/streams'><b xmlns='jabber:client'><c/></b></a></message>",
	      8);
	check("<message><p:a xmlns:p='urn:p' p:b='1' p:c=\"'\"/>\"&amp;'&gt;\"</message>", 8);
	check("<message><a/><b><c/><d/></b><e xmlns='urn:e'/><f/></message>", 8);
}

/* What is declared once is written many times. */
static void sees_what_grows(void **state)
{
	static char text[100000];
	int at = snprintf(text, sizeof(text), "<message xmlns:p='%05000d'>", 0);

	for (int i = 0; i < 5000; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "<p:a/>");
	(void)snprintf(text + at, sizeof(text) - (size_t)at, "</message>"); /* there is room */
	check(text, 8);
}

UNIT_TESTS(xml_bound, cmocka_unit_test(is_a_bound), cmocka_unit_test(sees_what_grows));
