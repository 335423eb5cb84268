/* SPDX-License-Identifier: Apache-2.0 */
/* What of the web client stands where, and the policy of its page. Answers over sockets:
 * tests/unit/server/http/http_server_test.c. */
#include "server/web/web.h"

#include "support/unit.h"

static const char blob[] = "page<svg>";
static const struct web_file files[] = {
	{ STR_INIT("/assets/a-1.js"),
	  STR_INIT("text/javascript"),
	  true,
	  { { 0, 0, STR_INIT("\"e\"") } } },
	{ STR_INIT("/icon.svg"),
	  STR_INIT("image/svg+xml"),
	  false,
	  { { 4, 5, STR_INIT("\"s\"") } } },
	{ STR_INIT("/index.html"), STR_INIT("text/html"), false, { { 0, 4, STR_INIT("\"p\"") } } },
};
static const struct web_bundle bundle = { files, array_len(files), blob };

static struct web *make(const struct web_bundle *of)
{
	struct web_config config = { .bundle = of,
				     .websocket_url = STR("wss://chat.example/ws"),
				     .url = STR("https://chat.example") };

	return web_new(&config);
}

static void views_are_the_page(void **state)
{
	static const char *const views[] = { "/",
					     "/c",
					     "/c/",
					     "/c/a%40b",
					     "/c/a/b",
					     "/login",
					     "/join",
					     "/search",
					     "/settings",
					     "/settings/devices",
					     "/threads",
					     "/later",
					     "/catch-up",
					     "/people",
					     "/rooms",
					     "/admin",
					     "/admin/users/x" };
	struct web *w = make(&bundle);
	const struct web_item *page = web_find(w, STR("/index.html"));

	assert_non_null(page);
	for (size_t i = 0; i < array_len(views); i++)
		assert_ptr_equal(web_find(w, str_from(views[i])), page);
	assert_non_null(web_find(w, STR("/icon.svg")));
	assert_ptr_not_equal(web_find(w, STR("/icon.svg")), page);
	assert_non_null(web_find(w, STR("/assets/a-1.js")));
	(void)web_unref(w);
}

static void nothing_else_is_there(void **state)
{
	static const char *const bad[] = { "",
					   "*",
					   "//",
					   "/C/x",
					   "/cx",
					   "/settingsx",
					   "/login/",
					   "/login/x",
					   "/assets",
					   "/assets/",
					   "/assets/a-1.j",
					   "/assets/a-1.jsx",
					   "/assets/../index.html",
					   "/icon.svg/",
					   "/icon.svg%00",
					   "/./icon.svg",
					   "icon.svg",
					   "/INDEX.HTML",
					   "/index.html.br" };
	struct web *w = make(&bundle);

	for (size_t i = 0; i < array_len(bad); i++)
		assert_null(web_find(w, str_from(bad[i])));
	assert_null(web_find(NULL, STR("/")));
	(void)web_unref(w);
}

static void without_a_page_there_is_no_client(void **state)
{
	const struct web_bundle none = { files, 0, blob }, pageless = { files, 2, blob };

	assert_null(make(&none));
	assert_null(make(&pageless));
}

static struct str policy(struct sbuf *out, struct str host, bool is_secure)
{
	struct web *w = make(&bundle);

	sbuf_reset(out);
	assert_int_equal(web_write_policy(out, w, host, is_secure), OK);
	(void)web_unref(w);
	return sbuf_str(out);
}

static bool has(struct str text, struct str part)
{
	return str_find(text, part) >= 0;
}

static void the_policy_names_the_host_that_was_asked(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_POLICY_MAX);

	assert_true(has(policy(&out, STR("localhost:5280"), false),
			STR("; connect-src 'self' ws://localhost:5280 wss://chat.example/ws "
			    "https://chat.example; ")));
	assert_true(has(policy(&out, STR("[::1]:5443"), true),
			STR("; connect-src 'self' wss://[::1]:5443 wss://chat.example/ws ")));
	assert_true(has(sbuf_str(&out), STR("default-src 'none'; script-src 'self'; ")));
	assert_true(has(sbuf_str(&out), STR("; trusted-types parley")));
}

static void a_hostile_host_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",          "a; script-src *", "a b", "a,b",  "*",
		"*.example", "'self'",          "a\"", "a\tb", "\xc3\xa9"
	};
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_POLICY_MAX);
	char name[2000];

	for (size_t i = 0; i < array_len(bad); i++)
		assert_true(has(policy(&out, str_from(bad[i]), true),
				STR("; connect-src 'self' wss://chat.example/ws ")));
	memset(name, 'a', sizeof(name));
	assert_true(has(policy(&out, str_make(name, sizeof(name)), true),
			STR("; connect-src 'self' wss://chat.example/ws ")));
}

UNIT_TESTS(web, cmocka_unit_test(views_are_the_page), cmocka_unit_test(nothing_else_is_there),
	   cmocka_unit_test(without_a_page_there_is_no_client),
	   cmocka_unit_test(the_policy_names_the_host_that_was_asked),
	   cmocka_unit_test(a_hostile_host_changes_nothing));
