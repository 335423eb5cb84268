/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own pages: escaped, of one piece, and in line with their Content-Security-Policy. */
#include "support/unit.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "server/http/html.h"
#include "server/http/landing.h"
#include "server/http/page.h"
#include "server/http/qr_svg.h"

static bool has(const struct sbuf *b, const char *part)
{
	return str_find(sbuf_str(b), str_from(part)) >= 0;
}

static const struct str contacts[] = { STR_INIT("mailto:help@<b>"), STR_INIT("xmpp:a@b") };

static void escapes(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);

	assert_int_equal(html_add(&out, STR("<a href=\"x\" id='y'>&amp;")), OK);
	assert_true(str_eq(sbuf_str(&out),
			   STR("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;")));
	sbuf_reset(&out);
	assert_int_equal(html_add_uri(&out, STR("b\xc3\xbc.example:5 ?#%")), OK);
	assert_true(str_eq(sbuf_str(&out), STR("b%C3%BC.example:5%20%3F%23%25")));
}

static void landing_escapes_the_configuration(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	const struct landing l = { .domain = STR("<script>alert(1)</script>"),
				   .websocket_url = STR("wss://x/\"><img src=x>"),
				   .contacts = contacts,
				   .contact_count = 2 };

	assert_int_equal(landing_write(&out, &l), OK);
	assert_false(has(&out, "<script"));
	assert_false(has(&out, "<img"));
	assert_false(has(&out, "<b>"));
	assert_true(has(&out, "&lt;script&gt;"));
	assert_true(has(&out, "xmpp:%3Cscript%3E"));
}

static void landing_tells_how_to_come_in(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	struct landing l = { .domain = STR("example.org"),
			     .websocket_url = STR("wss://example.org/xmpp-websocket") };

	assert_int_equal(landing_write(&out, &l), OK);
	assert_true(has(&out, "<html lang=\"en\""));
	assert_true(has(&out, "<main>"));
	assert_true(has(&out, "<header>"));
	assert_true(has(&out, "<footer>"));
	assert_true(has(&out, "<h1>example.org</h1>"));
	assert_true(has(&out, "name@example.org"));
	assert_true(has(&out, "wss://example.org/xmpp-websocket"));
	assert_true(has(&out, "href=\"xmpp:example.org\""));
	assert_true(has(&out, "Registration is closed"));
	assert_true(has(&out, "Conversations"));
	/* Nothing of, and no link to, another host. */
	assert_false(has(&out, "http://"));
	assert_false(has(&out, "https://"));
	assert_false(has(&out, "<script"));
	assert_false(has(&out, " style="));
	l.is_registration_open = true;
	l.websocket_url = STR_NONE;
	sbuf_reset(&out);
	assert_int_equal(landing_write(&out, &l), OK);
	assert_true(has(&out, "href=\"xmpp:example.org?register\""));
	assert_true(has(&out, "Registration is open"));
	assert_false(has(&out, "WebSocket"));
}

static void style_has_the_hash_of_the_policy(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	struct sbuf csp scoped(sbuf_done) = SBUF(KIB);
	struct sbuf wanted scoped(sbuf_done) = SBUF(KIB);
	ptrdiff_t from, to;
	uint8_t hash[DIGEST_MAX];

	assert_int_equal(page_write_error(&out, STR("a&b"), 404, STR("Not here"), STR("<")), OK);
	assert_true(has(&out, "a&amp;b"));
	assert_true(has(&out, "<p class=\"lead\">&lt;</p>"));
	assert_true(has(&out, "404"));
	from = str_find(sbuf_str(&out), STR("<style>")) + 7;
	to = str_find(sbuf_str(&out), STR("</style>"));
	assert_true(from > 7 && to > from);
	digest_of(DIGEST_SHA256, str_sub(sbuf_str(&out), (size_t)from, (size_t)(to - from)), hash);
	sbuf_lit(&wanted, "style-src 'sha256-");
	base64_encode(&wanted, str_make((const char *)hash, 32));
	sbuf_lit(&wanted, "';\0");
	sbuf_add_char(&wanted, '\0');
	assert_int_equal(page_write_csp(&csp), OK);
	assert_true(has(&csp, wanted.ptr));
	assert_true(str_starts(sbuf_str(&csp), STR("default-src 'none';")));
}

static void qr_is_a_code(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	char text[QR_TEXT_MAX + 1] = "x";

	/* Version 1: 21 modules and the quiet zone; the finder in the corner begins with seven dark
	 * ones. */
	assert_int_equal(qr_write_svg(&out, STR("xmpp:a"), STR("a \"b\"")), OK);
	assert_true(has(&out, "viewBox=\"0 0 29 29\""));
	assert_true(has(&out, "M4 4h7v1h-7z"));
	assert_true(has(&out, "M18 4h7v1h-7z"));
	assert_true(has(&out, "aria-label=\"a &quot;b&quot;\""));
	assert_int_equal(qr_write_svg(&out, str_make(text, sizeof(text)), STR("x")), ERR_TOO_BIG);
}

static void pages_keep_the_limit(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(500);

	assert_int_equal(page_write_error(&out, STR("d"), 404, STR("x"), STR("y")), ERR_TOO_BIG);
}

UNIT_TESTS(page, cmocka_unit_test(escapes), cmocka_unit_test(landing_escapes_the_configuration),
	   cmocka_unit_test(landing_tells_how_to_come_in),
	   cmocka_unit_test(style_has_the_hash_of_the_policy), cmocka_unit_test(qr_is_a_code),
	   cmocka_unit_test(pages_keep_the_limit));
