/* SPDX-License-Identifier: Apache-2.0 */
/* The way from an invitation into the web client, where there is one. */
#include "server/http/invite_page.h"

#include "server/http/page.h"
#include "support/unit.h"

static bool has(const struct sbuf *out, struct str part)
{
	return str_find(sbuf_str(out), part) >= 0;
}

static void the_client_is_offered_where_it_is(void **state)
{
	const struct invite invite = { .may_register = true, .uses = 1, .left = 1 };
	struct invite_page page = { .domain = STR("example.org"),
				    .invite = &invite,
				    .uri = STR("xmpp:example.org?register;preauth=abc"),
				    .path = STR("/i/abc") };
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);

	assert_int_equal(invite_page_write(&out, &page), OK);
	assert_false(has(&out, STR("Open in the browser")));
	sbuf_reset(&out);
	page.open_path = STR("/join?invite=\"abc");
	assert_int_equal(invite_page_write(&out, &page), OK);
	assert_true(has(
		&out,
		STR("<a class=\"button\" href=\"/join?invite=&quot;abc\">Open in the browser</a>")));
	assert_true(has(&out, STR("href=\"xmpp:example.org?register;preauth=abc\"")));
}

static void who_has_an_account_can_go_in(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	struct str domain = STR("example.org"), jid = STR("romeo@example.org");

	assert_int_equal(invite_page_write_done(&out, domain, jid, STR(""), STR_NONE), OK);
	assert_true(has(&out, jid));
	assert_false(has(&out, STR("Open in the browser")));
	sbuf_reset(&out);
	assert_int_equal(invite_page_write_done(&out, domain, jid, STR(""), STR("/login")), OK);
	assert_true(has(&out, STR("href=\"/login\">Open in the browser</a>")));
}

UNIT_TESTS(invite_page, cmocka_unit_test(the_client_is_offered_where_it_is),
	   cmocka_unit_test(who_has_an_account_can_go_in));
