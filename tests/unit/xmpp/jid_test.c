/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/jid: RFC 7622 with its examples, limits and look-alikes. */
#include "xmpp/jid.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 8 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static void assert_str(struct str got, struct str wanted)
{
	if (!str_eq(got, wanted))
		print_message("# got \"%.*s\", wanted \"%.*s\"\n", STR_ARG(got), STR_ARG(wanted));
	assert_true(str_eq(got, wanted));
}

struct row {
	const char *in, *out; /* out NULL: refused */
};

typedef enum err prep_fn(struct arena *a, struct str s, struct str *ret_s);

static void check_rows(prep_fn *prep, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str out = STR("untouched"), again;
		enum err e = prep(&arena, str_from(rows[i].in), &out);

		if (rows[i].out ? e || !str_eq(out, str_from(rows[i].out)) : e != ERR_INVALID)
			print_message("# row %zu: %s\n", i, rows[i].in);
		if (!rows[i].out) {
			assert_int_equal(e, ERR_INVALID);
			assert_str(out, STR("untouched"));
			continue;
		}
		assert_int_equal(e, OK);
		assert_str(out, str_from(rows[i].out));
		/* what is prepared stays as it is, and is not copied */
		assert_int_equal(prep(&arena, out, &again), OK);
		assert_ptr_equal(again.ptr, out.ptr);
		assert_int_equal(again.len, out.len);
	}
}

static const struct row node_rows[] = {
	{ "juliet", "juliet" },
	{ "Juliet", "juliet" },
	{ "ROMEO", "romeo" },
	{ "a.b-c_d!#$%()*+,;=?[]^`{|}~", "a.b-c_d!#$%()*+,;=?[]^`{|}~" },
	/* measured differences to stringprep */
	{ "fußball", "fußball" },
	{ "Henry\u2163", NULL },
	{ "Ｊｕｌ", "jul" },
	{ "\U0001f600", NULL },
	{ "a\u200bb", NULL },
	{ "\u017f", NULL },
	{ "\U0001e900", "\U0001e922" }, /* Adlam, later than Unicode 3.2 */
	{ "\u1e9e", "ß" },
	{ "\u0130stanbul", "i\u0307stanbul" }, /* SpecialCasing: the dot stays */
	/* RFC 7622 table 1 and 2, RFC 8265 tables */
	{ "π", "π" },
	{ "Σ", "σ" },
	{ "ς", "ς" },
	{ "ΟΔΟΣ", "οδος" }, /* Final_Sigma */
	{ "ΟΔΟΣ.Α", "οδοσ.α" },
	{ "♚", NULL },
	{ "foo bar", NULL },
	{ "\u00bd", NULL },
	{ "ß", "ß" },
	{ "E\u0301", "é" },
	{ "\u212b", "å" }, /* ANGSTROM SIGN lowers to å */
	{ "\uac00", "\uac00" },
	{ "\u1112\u1161\u11ab", "한" }, /* conjoining jamo compose before the class is looked at */
	{ "\u1112", NULL },
	/* forbidden by RFC 7622 3.3.1, also after mapping */
	{ "\"", NULL },
	{ "a&b", NULL },
	{ "a'b", NULL },
	{ "a/b", NULL },
	{ "a:b", NULL },
	{ "a<b", NULL },
	{ "a>b", NULL },
	{ "a@b", NULL },
	{ "a＠b", NULL },
	{ "a／b", NULL },
	{ "é＜", NULL },
	{ "é<", NULL },
	{ "a\x7f", NULL },
	{ "a\tb", NULL },
	{ "", NULL },
	/* contextual rules */
	{ "l·l", "l·l" },
	{ "L·L", "l·l" },
	{ "a·l", NULL },
	{ "l·", NULL },
	{ "͵α", "͵α" },
	{ "͵a", NULL },
	{ "א׳", "א׳" },
	{ "א״ב", "א״ב" },
	{ "a׳", NULL },
	{ "ア・イ", "ア・イ" },
	{ "a・b", NULL },
	{ "क\u094d\u200dष", "क\u094d\u200dष" },
	{ "क\u200dष", NULL },
	{ "क\u094d\u200cष", "क\u094d\u200cष" },
	{ "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
	  "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645" },
	{ "\u0627\u200c\u0628", NULL }, /* alef does not join to its left */
	{ "\u0628\u064b\u200c\u064b\u0628", "\u0628\u064b\u200c\u064b\u0628" },
	{ "a\u200cb", NULL },
	{ "\u0628\u0660\u0661", "\u0628\u0660\u0661" },
	{ "\u0628\u0660\u06f1", NULL },
	{ "\u0628\u0640", NULL }, /* tatweel */
	/* bidi rule */
	{ "שלום", "שלום" },
	{ "שלום1", "שלום1" },
	{ "1שלום", NULL },
	{ "aשלום", NULL },
	{ "שלוםa", NULL },
	{ "\u06281\u0661", NULL }, /* European and Arabic digits */
	{ "ש-", NULL },
	/* not UTF-8 and not characters */
	{ "\xc0\xaf", NULL },
	{ "\xed\xa0\x80", NULL },
	{ "\xf4\x90\x80\x80", NULL },
	{ "a\xc3", NULL },
	{ "a\ufffe", NULL },
	{ "\ufdd0", NULL },
	{ "\u0378", NULL }, /* unassigned */
	{ "\ue000", NULL }, /* private use */
	{ "a\u00a0b", NULL },
	{ "\u202ea", NULL },
};

static void nodes(void **state)
{
	check_rows(jid_prep_node, node_rows, array_len(node_rows));
}

static const struct row resource_rows[] = {
	{ "balcony", "balcony" },
	{ "Foo Bar", "Foo Bar" },
	{ " ", " " },
	{ "foo\u00a0bar", "foo bar" },
	{ "foo\u3000bar", "foo bar" },
	{ "\U0001f600", "\U0001f600" },
	{ "♚", "♚" },
	{ "Henry\u2163", "Henry\u2163" },
	{ "E\u0301", "É" },
	{ "<&'\">@/:", "<&'\">@/:" },
	{ "aשלום", "aשלום" }, /* no bidi rule */
	{ "", NULL },
	{ "a\u200bb", NULL },
	{ "a\tb", NULL },
	{ "a\x7f", NULL },
	{ "a·b", NULL },
	{ "\ufeff", NULL },
	{ "\xc2\x85", NULL },
	{ "\U000e0001", NULL },
	{ "\xff", NULL },
};

static void resources(void **state)
{
	check_rows(jid_prep_resource, resource_rows, array_len(resource_rows));
}

static const struct row domain_rows[] = {
	{ "example.com", "example.com" },
	{ "Example.COM", "example.com" },
	{ "localhost", "localhost" },
	{ "127.0.0.1", "127.0.0.1" },
	{ "[::1]", "[::1]" },
	{ "[2001:DB8:0::1]", "[2001:db8::1]" },
	{ "[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]" },
	{ "a-b.c--d.example", "a-b.c--d.example" },
	{ "3com.example", "3com.example" },
	{ "bücher.example", "bücher.example" },
	{ "BÜCHER.Example", "bücher.example" },
	{ "xn--bcher-kva.example", "bücher.example" },
	{ "XN--BCHER-KVA.example", "bücher.example" },
	{ "faß.example", "faß.example" }, /* IDNA2008, not mapped to ss */
	{ "ｅｘａｍｐｌｅ．ｃｏｍ", "example.com" },
	{ "ＢÜcher。example", "bücher.example" },
	{ "例え.テスト", "例え.テスト" },
	{ "שלום.example", "שלום.example" },
	{ "bu\u0308cher.example", "bücher.example" },
	{ "", NULL },
	{ ".", NULL },
	{ "a..b", NULL },
	{ ".a", NULL },
	{ "a..", NULL },
	{ "ü..", NULL },
	{ "ü。.", NULL },
	{ "。ü", NULL },
	{ "a_b.example", NULL },
	{ "ü_b.example", NULL },
	{ "a b", NULL },
	{ "-a.example", NULL },
	{ "a-.example", NULL },
	{ "-ü.example", NULL },
	{ "ü-.example", NULL },
	{ "xn--fce.example", "\u13ef.example" }, /* Cherokee folds upwards */
	{ "\uabbf.example", "\u13ef.example" },
	{ "ab--c.example", NULL },
	{ "üb--c.example", NULL },
	{ "xn--.example", NULL },
	{ "xn--a.example", NULL },
	{ "xn--abc-.example", NULL },
	{ "xn--bcher-kva-.example", NULL },
	{ "xn--Bücher.example", NULL },
	{ "xn--fa-hia\xc3.example", NULL },
	{ "a\u200bb.example", NULL },
	{ "\u2665.example", NULL }, /* symbols are refused by IDNA2008 */
	{ "xn--g6h.example", NULL },
	{ "\u0300a.example", NULL },
	{ "a·b.example", NULL },
	{ "a\u2024b.example", NULL },
	{ "ex\u2100mple", NULL },
	{ "aשלום.example", NULL },
	{ "שלום.1a", NULL }, /* a bidi name: every label keeps the rule */
	{ "example.com/x", NULL },
	{ "a@b", NULL },
	{ "[::1", NULL },
	{ "[]", NULL },
	{ "[::g]", NULL },
	{ "[fe80::1%25lo]", NULL },
	{ "[127.0.0.1]", NULL },
	{ "::1", NULL },
	{ "[::1].", NULL },
};

static void domains(void **state)
{
	struct str out;

	check_rows(jid_prep_domain, domain_rows, array_len(domain_rows));
	/* the final dot goes; it is no part of the name */
	assert_int_equal(jid_prep_domain(&arena, STR("example.com."), &out), OK);
	assert_str(out, STR("example.com"));
	assert_int_equal(jid_prep_domain(&arena, STR("Bücher.example。"), &out), OK);
	assert_str(out, STR("bücher.example"));
	/* a NUL does not end the name */
	assert_int_equal(jid_prep_domain(&arena, STR("ü\0.example"), &out), ERR_INVALID);
	assert_int_equal(jid_prep_domain(&arena, STR("a\0b"), &out), ERR_INVALID);
	assert_int_equal(jid_prep_domain(&arena, STR("[::1\0]"), &out), ERR_INVALID);
}

static void parses_parts(void **state)
{
	struct jid j;

	assert_int_equal(jid_parse(&arena, STR("Juliet@Example.COM./Balcony/@x"), &j), OK);
	assert_str(j.full, STR("juliet@example.com/Balcony/@x"));
	assert_str(j.node, STR("juliet"));
	assert_str(j.domain, STR("example.com"));
	assert_str(j.resource, STR("Balcony/@x"));
	assert_str(jid_bare_str(j), STR("juliet@example.com"));
	assert_int_equal(jid_parse(&arena, STR("example.com/a@b"), &j), OK);
	assert_true(str_is_empty(j.node));
	assert_str(j.resource, STR("a@b"));
	assert_str(jid_bare_str(j), STR("example.com"));
	assert_int_equal(jid_parse(&arena, STR("[::1]"), &j), OK);
	assert_str(j.domain, STR("[::1]"));
	assert_false(jid_is_full(j));
	assert_true(jid_is_set(j));
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"",         "@",   "/",      "@a",       "a@",    "a@/b",        "@a/b",
		"/b",       "a/",  "a@b/",   "a@b@c",    "a b@c", "\"j\"@e.com", "a@b_c",
		"a@b/\x01", "a@.", "\xff@b", "a@b/\xc3", "é@é@é", "♚@e.com",     "a＠b@c",
		"fo o@b/c",
	};
	struct jid j = { .full = STR("untouched") };

	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(jid_parse(&arena, str_from(bad[i]), &j), ERR_INVALID);
	}
	assert_str(j.full, STR("untouched"));
}

static void copies_only_what_changes(void **state)
{
	struct str same = STR("juliet@example.com/balcony"),
		   umlaut = STR("jürgen@bücher.example/Küche");
	size_t used;
	struct jid j;

	arena_reset(&arena);
	used = arena.used;
	assert_int_equal(jid_parse(&arena, same, &j), OK);
	assert_int_equal(arena.used, used);
	assert_ptr_equal(j.full.ptr, same.ptr);
	assert_ptr_equal(j.domain.ptr, same.ptr + 7);
	assert_int_equal(jid_parse(&arena, umlaut, &j), OK);
	assert_ptr_equal(j.full.ptr, umlaut.ptr);
	assert_ptr_equal(j.resource.ptr, umlaut.ptr + 24);
}

static struct str repeat(struct str piece, size_t len)
{
	char *text = arena_alloc(&arena, len + piece.len);

	for (size_t at = 0; at < len; at += piece.len)
		memcpy(text + at, piece.ptr, piece.len);
	return str_make(text, len);
}

static void keeps_limits(void **state)
{
	struct str out, most, longest;
	struct jid j;

	assert_int_equal(jid_prep_node(&arena, repeat(STR("a"), 1023), &out), OK);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("a"), 1024), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("A"), 1024), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("é"), 1022), &out), OK);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("é"), 1024), &out), ERR_TOO_BIG);
	/* wide letters shrink to a third */
	assert_int_equal(jid_prep_node(&arena, repeat(STR("ａ"), 3069), &out), OK);
	assert_int_equal(out.len, 1023);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("ａ"), 3072), &out), ERR_TOO_BIG);
	/* dotted capital i grows */
	assert_int_equal(jid_prep_node(&arena, repeat(STR("\u0130"), 682), &out), OK);
	assert_int_equal(jid_prep_node(&arena, repeat(STR("\u0130"), 684), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_resource(&arena, repeat(STR("a"), 1023), &out), OK);
	assert_int_equal(jid_prep_resource(&arena, repeat(STR("a"), 1024), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_resource(&arena, repeat(STR("a"), 100000), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("a."), 1023), &out), OK);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("a."), 1024), &out), OK);
	assert_int_equal(out.len, 1023);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("a."), 1025), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("ü."), 3071), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("ü."), 1200), &out), ERR_TOO_BIG);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("a"), 63), &out), OK);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("a"), 64), &out), ERR_INVALID);
	assert_int_equal(jid_prep_domain(&arena, repeat(STR("ü"), 200), &out), ERR_INVALID);
	most = repeat(STR("a."), 1023);
	longest = ARENA_JOIN(&arena, repeat(STR("a"), 1023), STR("@"), most, STR("/"),
			     repeat(STR("b"), 1023));
	assert_int_equal(jid_parse(&arena, longest, &j), OK);
	assert_int_equal(j.full.len, 3071);
}

static void makes_and_copies(void **state)
{
	char text[] = "a@b/c";
	struct jid j, copy, made;

	assert_int_equal(jid_parse(&arena, str_from(text), &j), OK);
	copy = jid_copy(&arena, j);
	made = jid_make(&arena, STR("a"), STR("b"), STR("c"));
	memset(text, 'x', sizeof(text) - 1);
	assert_str(copy.full, STR("a@b/c"));
	assert_str(copy.resource, STR("c"));
	assert_true(jid_eq(copy, made));
	assert_str(jid_make(&arena, STR_NONE, STR("b"), STR_NONE).full, STR("b"));
	assert_str(jid_make(&arena, STR_NONE, STR("b"), STR("c")).full, STR("b/c"));
	assert_str(jid_make(&arena, STR("a"), STR("b"), STR_NONE).full, STR("a@b"));
	assert_str(jid_bare(made).full, STR("a@b"));
	assert_false(jid_is_full(jid_bare(made)));
	assert_false(jid_is_set(jid_copy(&arena, (struct jid){ 0 })));
}

static void compares(void **state)
{
	static const char *const same[][2] = {
		{ "Juliet@Example.com/x", "juliet@example.com/x" },
		{ "a@xn--bcher-kva.example", "a@BÜCHER.example." },
		{ "E\u0301@b", "é@b" },
		{ "a@b/\u00a0x", "a@b/ x" },
		{ "a@[0:0:0:0:0:0:0:1]", "a@[::1]" },
	};
	static const char *const different[][2] = {
		{ "a@b/x", "a@b/X" }, { "a@b", "b" },
		{ "ß@b", "ss@b" },    { "а@b", "a@b" }, /* Cyrillic */
		{ "a@b/c", "a@b" },
	};
	struct jid x, y;

	for (size_t i = 0; i < array_len(same); i++) {
		assert_int_equal(jid_parse(&arena, str_from(same[i][0]), &x), OK);
		assert_int_equal(jid_parse(&arena, str_from(same[i][1]), &y), OK);
		assert_true(jid_eq(x, y));
	}
	for (size_t i = 0; i < array_len(different); i++) {
		assert_int_equal(jid_parse(&arena, str_from(different[i][0]), &x), OK);
		assert_int_equal(jid_parse(&arena, str_from(different[i][1]), &y), OK);
		assert_false(jid_eq(x, y));
	}
	assert_int_equal(jid_parse(&arena, STR("a@b/1"), &x), OK);
	assert_int_equal(jid_parse(&arena, STR("a@b/2"), &y), OK);
	assert_true(jid_bare_eq(x, y));
	assert_false(jid_bare_eq(x, (struct jid){ 0 }));
}

UNIT_TESTS_WITH(jid, set_up, tear_down, cmocka_unit_test(nodes), cmocka_unit_test(resources),
		cmocka_unit_test(domains), cmocka_unit_test(parses_parts),
		cmocka_unit_test(refuses), cmocka_unit_test(copies_only_what_changes),
		cmocka_unit_test(keeps_limits), cmocka_unit_test(makes_and_copies),
		cmocka_unit_test(compares));
