/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads and bodies: the corpus of smuggling forms (RFC 9112), and forwarding fields. */
#include "support/unit.h"

#include "base/sbuf.h"
#include "net/http_body.h"
#include "net/http_forward.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

/* What becomes of a head: 0, or the status; 1 for one that never ends, 2 for one that is refused
 * while it comes. */
static unsigned fate(struct str text, struct http_head *head)
{
	size_t at = 0;
	enum err e = http_head_find(text, &at);

	if (e)
		return e == ERR_AGAIN ? 1 : 2;
	return http_head_parse(str_sub(text, 0, at), head);
}

static void reads_a_head(void **state)
{
	struct str text =
		STR("POST /a/b?c=d&e HTTP/1.1\r\nHost: example.org:5443\r\nX-A:  b c \t\r\n"
		    "Empty:\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n"
		    "Connection: keep-alive, Upgrade\r\nx-a: second\r\n\r\nbody");
	struct http_head h;

	for (size_t i = 0; i < text.len - 4; i++) {
		size_t at = 0;

		assert_int_equal(http_head_find(str_sub(text, 0, i), &at), ERR_AGAIN);
		assert_int_equal(http_head_find(text, &at), OK);
		assert_int_equal(at, text.len - 4);
	}
	assert_int_equal(fate(text, &h), 0);
	assert_int_equal(h.verb, HTTP_VERB_POST);
	assert_true(str_eq(h.path, STR("/a/b")));
	assert_true(str_eq(h.query, STR("c=d&e")));
	assert_true(str_eq(h.host, STR("example.org:5443")));
	assert_true(str_eq(http_head_field(&h, STR("x-A")), STR("b c")));
	assert_true(str_eq(http_head_field(&h, STR("empty")), STR("")));
	assert_false(str_is_set(http_head_field(&h, STR("absent"))));
	assert_int_equal(h.count, 7);
	assert_true(h.has_length && h.length == 12 && !h.is_chunked);
	assert_true(h.wants_continue && h.wants_upgrade && h.is_keep_alive && h.is_11);
}

static void reads_other_forms(void **state)
{
	struct http_head h;

	assert_int_equal(fate(STR("GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n"), &h), 0);
	assert_true(str_eq(h.path, STR("/x")) && str_eq(h.query, STR("y")));
	assert_int_equal(fate(STR("GET https://a HTTP/1.1\r\nHost: a\r\n\r\n"), &h), 0);
	assert_true(str_eq(h.path, STR("/")));
	assert_int_equal(fate(STR("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), &h), 0);
	assert_int_equal(fate(STR("GET / HTTP/1.0\r\n\r\n"), &h), 0);
	assert_false(h.is_keep_alive || h.is_11);
	assert_int_equal(fate(STR("GET / HTTP/1.1\r\nHost:\r\n\r\n"), &h), 0);
	assert_int_equal(fate(STR(GET "Connection: Close\r\n\r\n"), &h), 0);
	assert_false(h.is_keep_alive);
	assert_int_equal(fate(STR(GET "Transfer-Encoding: Chunked\r\n\r\n"), &h), 0);
	assert_true(h.is_chunked);
	assert_int_equal(fate(STR("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"), &h), 0);
	assert_int_equal(h.verb, HTTP_VERB_OTHER);
}

struct smuggle {
	unsigned status;
	struct str text;
};

static const struct smuggle corpus[] = {
	/* lines */
	{ 2, STR_INIT("GET / HTTP/1.1\nHost: a\n\n") },
	{ 2, STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n") },
	{ 2, STR_INIT(GET "X: y\rContent-Length: 5\r\n\r\n") },
	{ 2, STR_INIT(GET "X: y\r\rZ: z\r\n\r\n") },
	{ 2, STR_INIT(GET "X: y\0z\r\n\r\n") },
	{ 2, STR_INIT("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT(GET "X: y\r\n folded\r\n\r\n") },
	{ 400, STR_INIT(GET "X: y\r\n\tfolded\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\n Host: a\r\n\r\n") },
	{ 400, STR_INIT(GET "X: y\x01z\r\n\r\n") },
	{ 400, STR_INIT(GET "X: y\x7fz\r\n\r\n") },
	/* names */
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost : a\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length : 5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length\t: 5\r\n\r\n") },
	{ 400, STR_INIT(GET ": empty\r\n\r\n") },
	{ 400, STR_INIT(GET "no colon\r\n\r\n") },
	{ 400, STR_INIT(GET "Con\xc3\xa9: x\r\n\r\n") },
	{ 400, STR_INIT(GET "X[]: x\r\n\r\n") },
	{ 400, STR_INIT(GET "X y: x\r\n\r\n") },
	/* Host */
	{ 400, STR_INIT("GET / HTTP/1.1\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") },
	{ 400, STR_INIT("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n") },
	/* Content-Length */
	{ 400, STR_INIT(GET "Content-Length: 5\r\nContent-Length: 6\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 5, 5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: +5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: -5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 0x5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 5 5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length:\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 18446744073709551617\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 5;x\r\n\r\n") },
	/* Transfer-Encoding */
	{ 400, STR_INIT(GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n") },
	{ 400, STR_INIT(GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, STR_INIT(GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 501, STR_INIT(GET "Transfer-Encoding: gzip, chunked\r\n\r\n") },
	{ 501, STR_INIT(GET "Transfer-Encoding: identity\r\n\r\n") },
	/* request lines */
	{ 400, STR_INIT("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET / HTTP/1.1 \r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET / http/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET /\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET a HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET * HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, STR_INIT("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 501, STR_INIT("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 501, STR_INIT("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 505, STR_INIT("GET / HTTP/1.2\r\nHost: a\r\n\r\n") },
	{ 505, STR_INIT("GET / HTTP/0.9\r\nHost: a\r\n\r\n") },
	{ 505, STR_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
	{ 417, STR_INIT(GET "Expect: the unexpected\r\n\r\n") },
};

static void refuses_smuggling(void **state)
{
	struct http_head h;

	for (size_t i = 0; i < array_len(corpus); i++) {
		unsigned got = fate(corpus[i].text, &h);

		if (got != corpus[i].status)
			print_error("form %zu: %u: %.*s\n", i, got, STR_ARG(corpus[i].text));
		assert_int_equal(got, corpus[i].status);
	}
}

static void heads_are_bounded(void **state)
{
	struct sbuf b = SBUF(64 * KIB);
	struct http_head h;
	size_t at = 0;

	(void)sbuf_lit(&b, "GET /");
	while (b.len < HTTP_LINE_MAX)
		(void)sbuf_add_char(&b, 'a');
	(void)sbuf_lit(&b, " HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(fate(sbuf_str(&b), &h), 414);
	sbuf_reset(&b);
	(void)sbuf_lit(&b, GET);
	for (int i = 1; i < HTTP_FIELDS_MAX; i++)
		(void)sbuf_lit(&b, "X: y\r\n");
	(void)sbuf_lit(&b, "\r\n");
	assert_int_equal(fate(sbuf_str(&b), &h), 0);
	assert_int_equal(h.count, HTTP_FIELDS_MAX);
	b.len -= 2;
	(void)sbuf_lit(&b, "X: y\r\n\r\n");
	assert_int_equal(fate(sbuf_str(&b), &h), 431);
	sbuf_reset(&b);
	(void)sbuf_lit(&b, GET "X: ");
	while (b.len < HTTP_HEAD_MAX + 1)
		(void)sbuf_add_char(&b, 'a');
	assert_int_equal(http_head_find(sbuf_str(&b), &at), ERR_TOO_BIG);
	sbuf_done(&b);
}

/* --- bodies */

/* Reads a body in pieces of step bytes; content goes to out, what is left behind it is counted. */
static enum err read_body(struct str text, size_t step, struct sbuf *out, size_t *ret_left)
{
	struct http_head head = { .is_chunked = true };
	struct http_body b;
	struct str part, data;

	http_body_init(&b, &head);
	sbuf_reset(out);
	while (text.len && !b.is_done) {
		data = str_sub(text, 0, step);
		text = str_from_at(text, data.len);
		while (data.len && !b.is_done) {
			enum err e = http_body_next(&b, &data, &part);

			if (e)
				return e;
			(void)sbuf_add(out, part);
		}
		*ret_left = data.len + text.len;
	}
	return b.is_done ? OK : ERR_AGAIN;
}

static void reads_chunks(void **state)
{
	struct str text =
		STR("5\r\nhello\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nnext");
	struct sbuf out = SBUF(KIB);
	size_t left = 0;

	for (size_t step = 1; step <= text.len; step++) {
		assert_int_equal(read_body(text, step, &out, &left), OK);
		assert_true(str_eq(sbuf_str(&out), STR("hello0123456789")));
		assert_int_equal(left, 4);
	}
	assert_int_equal(read_body(str_sub(text, 0, text.len - 6), 3, &out, &left), ERR_AGAIN);
	sbuf_done(&out);
}

static void refuses_odd_chunks(void **state)
{
	static const struct str bad[] = {
		STR_INIT("5\nhello\r\n0\r\n\r\n"),    STR_INIT("5\r\nhello\n0\r\n\r\n"),
		STR_INIT("5\r\nhelloX0\r\n\r\n"),     STR_INIT("5 \r\nhello\r\n0\r\n\r\n"),
		STR_INIT(" 5\r\nhello\r\n0\r\n\r\n"), STR_INIT("0x5\r\nhello\r\n0\r\n\r\n"),
		STR_INIT("-1\r\nhello\r\n0\r\n\r\n"), STR_INIT("\r\n5\r\nhello\r\n0\r\n\r\n"),
		STR_INIT("5;x\nhello\r\n0\r\n\r\n"),  STR_INIT("5\r\r\nhello\r\n0\r\n\r\n"),
		STR_INIT("0\r\nX: y\n\r\n"),          STR_INIT("0\r\n\rX"),
	};
	struct sbuf out = SBUF(KIB), big = SBUF(16 * KIB);
	size_t left;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(read_body(bad[i], 100, &out, &left), ERR_INVALID);
	assert_int_equal(read_body(STR("11111111111111111\r\n"), 100, &out, &left), ERR_TOO_BIG);
	(void)sbuf_lit(&big, "5;");
	while (big.len < HTTP_CHUNK_LINE_MAX)
		(void)sbuf_add_char(&big, 'x');
	(void)sbuf_lit(&big, "\r\nhello");
	assert_int_equal(read_body(sbuf_str(&big), 100, &out, &left), ERR_TOO_BIG);
	sbuf_reset(&big);
	(void)sbuf_lit(&big, "0\r\n");
	while (big.len < HTTP_TRAILER_MAX + 10)
		(void)sbuf_lit(&big, "a: b\r\n");
	assert_int_equal(read_body(sbuf_str(&big), 100, &out, &left), ERR_TOO_BIG);
	sbuf_done(&out);
	sbuf_done(&big);
}

/* --- forwarding */

static unsigned forward(const char *peer, const char *fields, char *client, bool *is_secure)
{
	static const char *const trusted[] = { "127.0.0.1", "10.0.0.0/8", "::1" };
	struct addr_net nets[3];
	struct addr_nets proxies = { .items = nets, .count = 3 };
	struct sbuf text = SBUF(4 * KIB);
	struct http_client c;
	struct http_head h;
	struct addr a;
	unsigned status;

	for (int i = 0; i < 3; i++)
		assert_int_equal(addr_net_parse(str_from(trusted[i]), &nets[i]), OK);
	assert_int_equal(addr_parse_ip(str_from(peer), &a), OK);
	(void)sbuf_printf(&text, GET "%s\r\n", fields);
	assert_int_equal(http_head_parse(sbuf_str(&text), &h), 0);
	status = http_forward_client(&h, &a, &proxies, &c);
	(void)addr_format_ip(&c.addr, client);
	*is_secure = c.is_secure;
	sbuf_done(&text);
	return status;
}

static void check_forward(const char *peer, const char *fields, const char *client, bool is_secure)
{
	char got[ADDR_TEXT_MAX];
	bool was_secure;

	assert_int_equal(forward(peer, fields, got, &was_secure), 0);
	assert_string_equal(got, client);
	assert_int_equal(was_secure, is_secure);
}

static void trusts_only_proxies(void **state)
{
	static const char *const refused[] = {
		"Forwarded: for=1.2.3.4\r\n",   "X-Forwarded-For: 1.2.3.4\r\n",
		"X-Forwarded-Proto: https\r\n", "x-real-ip: 1.2.3.4\r\n",
		"X-Forwarded-Host: b\r\n",
	};
	char got[ADDR_TEXT_MAX];
	bool is_secure;

	for (size_t i = 0; i < array_len(refused); i++)
		assert_int_equal(forward("192.0.2.1", refused[i], got, &is_secure), 400);
	check_forward("192.0.2.1", "", "192.0.2.1", false);
	check_forward("127.0.0.1", "", "127.0.0.1", false);
	check_forward("127.0.0.1", "X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4", false);
	check_forward("127.0.0.1", "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.1.1.1\r\n", "1.2.3.4",
		      false);
	check_forward("127.0.0.1", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n",
		      "1.2.3.4", false);
	check_forward("127.0.0.1", "X-Forwarded-For: [2001:db8::1]:99\r\n", "2001:db8::1", false);
	check_forward("127.0.0.1", "X-Forwarded-For: 10.0.0.1\r\n", "10.0.0.1", false);
	check_forward("127.0.0.1",
		      "Forwarded: for=6.6.6.6, for=\"[2001:db8::1]:99\";proto=https\r\n",
		      "2001:db8::1", true);
	check_forward("::1", "Forwarded: For=unknown;proto=http\r\n", "::1", false);
	check_forward("127.0.0.1", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
		      "1.2.3.4", true);
	assert_int_equal(forward("127.0.0.1", "X-Forwarded-For: nonsense\r\n", got, &is_secure),
			 400);
	assert_int_equal(forward("127.0.0.1",
				 "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=6.6.6.6\r\n", got,
				 &is_secure),
			 400);
}

UNIT_TESTS(http_head, cmocka_unit_test(reads_a_head), cmocka_unit_test(reads_other_forms),
	   cmocka_unit_test(refuses_smuggling), cmocka_unit_test(heads_are_bounded),
	   cmocka_unit_test(reads_chunks), cmocka_unit_test(refuses_odd_chunks),
	   cmocka_unit_test(trusts_only_proxies));
