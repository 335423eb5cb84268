/* SPDX-License-Identifier: Apache-2.0 */
/* acme/answer: answers as in RFC 8555 7.1 and 7.5, and what is not taken. */
#include "acme/answer.h"

#include "base/sbuf.h"

#include "support/unit.h"

static void directories(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"newNonce\":1,\"newNonce\":2}",
		"{\"newNonce\":\"http://e.com/n\",\"newAccount\":\"https://e.com/a\","
		"\"newOrder\":\"https://e.com/o\"}",
	};
	struct arena a scoped(arena_done) = { 0 };
	struct acme_directory d;

	(void)state;
	arena_init(&a, MIB);
	assert_int_equal(acme_read_directory(
				 &a,
				 STR("{\"newNonce\":\"https://e.com/n\",\"newAccount\":\"https://"
				     "e.com/a\",\"newOrder\":\"https://e.com/o\",\"meta\":{"
				     "\"termsOfService\":\"https://e.com/terms\\n\","
				     "\"externalAccountRequired\":true}}"),
				 &d),
			 OK);
	assert_true(str_eq(d.new_order, STR("https://e.com/o")));
	assert_true(str_eq(d.terms, STR("https://e.com/terms ")));
	assert_true(d.needs_binding);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(acme_read_directory(&a, str_from(bad[i]), &d), ERR_INVALID);
}

static void orders(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf many scoped(sbuf_done) = SBUF(64 * KIB);
	struct acme_order o;

	(void)state;
	arena_init(&a, MIB);
	assert_int_equal(acme_read_order(&a,
					 STR("{\"status\":\"valid\",\"authorizations\":[\"https://"
					     "e.com/1\",\"https://e.com/2\"],\"finalize\":"
					     "\"https://e.com/f\",\"certificate\":"
					     "\"https://e.com/c\"}"),
					 &o),
			 OK);
	assert_int_equal(o.status, ACME_VALID);
	assert_int_equal(o.count, 2);
	assert_true(str_eq(o.authorizations[1], STR("https://e.com/2")));
	assert_true(str_eq(o.certificate, STR("https://e.com/c")));
	assert_int_equal(
		acme_read_order(&a, STR("{\"status\":\"odd\",\"finalize\":\"https://e.com/f\"}"),
				&o),
		OK);
	assert_int_equal(o.status, ACME_INVALID);
	assert_int_equal(o.certificate.len, 0);
	assert_int_equal(
		acme_read_order(&a, STR("{\"authorizations\":[7],\"finalize\":\"https://e.com\"}"),
				&o),
		ERR_INVALID);
	sbuf_lit(&many, "{\"finalize\":\"https://e.com/f\",\"authorizations\":[\"https://e.com/\"");
	for (int i = 0; i < ACME_NAMES_MAX; i++)
		sbuf_lit(&many, ",\"https://e.com/1\"");
	sbuf_lit(&many, "]}");
	assert_int_equal(acme_read_order(&a, sbuf_str(&many), &o), ERR_TOO_BIG);
}

static void authorizations(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct acme_authorization auth;

	(void)state;
	arena_init(&a, MIB);
	assert_int_equal(
		acme_read_authorization(
			&a,
			STR("{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\","
			    "\"value\":\"www.example.org\"},\"challenges\":[{\"type\":\"http-01\","
			    "\"url\":\"https://e.com/1\",\"token\":\"DGyRejmCefe7v4NfDGDKfA\"},"
			    "{\"type\":\"dns-01\",\"url\":\"https://e.com/2\","
			    "\"token\":\"DGyRejmCefe7v4NfDGDKfA\"},{\"type\":\"tls-alpn-01\","
			    "\"url\":\"https://e.com/3\",\"token\":\"../../../../../etc/passwd\"}]}"),
			&auth),
		OK);
	assert_int_equal(auth.status, ACME_PENDING);
	assert_true(str_eq(auth.name, STR("www.example.org")));
	assert_true(str_eq(auth.challenges[ACME_HTTP].token, STR("DGyRejmCefe7v4NfDGDKfA")));
	assert_true(str_eq(auth.challenges[ACME_HTTP].url, STR("https://e.com/1")));
	assert_int_equal(auth.challenges[ACME_TLS_ALPN].url.len, 0); /* such a token leads away */
	assert_int_equal(acme_read_authorization(&a, STR("{\"status\":\"valid\"}"), &auth),
			 ERR_INVALID);
}

static void problems(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf text scoped(sbuf_done) = SBUF(8 * KIB);
	struct acme_problem p;

	(void)state;
	arena_init(&a, MIB);
	acme_read_problem(&a,
			  STR("{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":"
			      "\"Some\\nof \\u001b[31m\\u0085\",\"subproblems\":[{\"detail\":"
			      "\"Invalid underscore\"}]}"),
			  &p);
	assert_true(str_eq(p.type, STR("malformed")));
	assert_true(str_eq(p.detail, STR("Some of  [31m : Invalid underscore")));
	acme_read_problem(&a, STR("<html>"), &p);
	assert_int_equal(p.type.len + p.detail.len, 0);
	sbuf_lit(&text, "{\"detail\":\"x");
	for (int i = 0; i < ACME_DETAIL_MAX; i++)
		sbuf_lit(&text, "ä");
	sbuf_lit(&text, "\"}");
	acme_read_problem(&a, sbuf_str(&text), &p);
	assert_true(p.detail.len <= ACME_DETAIL_MAX && p.detail.len % 2 == 1);
}

UNIT_TESTS(acme_answer, cmocka_unit_test(directories), cmocka_unit_test(orders),
	   cmocka_unit_test(authorizations), cmocka_unit_test(problems));
