/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: both forms, levels, and that a peer cannot forge any. */
#include "base/log.h"
#include "support/unit.h"

static struct sbuf lines;

static void keep_line(struct str line)
{
	(void)sbuf_add(&lines, line);
}

static int begin(void **state)
{
	lines = SBUF(64 * KIB);
	log_set_sink(keep_line);
	/* 2001-09-09T01:46:40.123Z */
	clock_fake(0, 1000000000 * USEC_PER_SEC + 123 * USEC_PER_MSEC);
	return 0;
}

static int end(void **state)
{
	log_set_sink(NULL);
	log_set_form(LOG_TEXT);
	log_set_level(LOG_INFO);
	clock_real();
	sbuf_done(&lines);
	return 0;
}

static void expect(const char *text)
{
	assert_string_equal(sbuf_add_char(&lines, '\0') ? "" : lines.ptr, text);
	sbuf_reset(&lines);
}

static void writes_text(void **state)
{
	const struct log_ctx worker = { .field = F_INT("loop", 1) };
	const struct log_ctx conn = { .parent = &worker, .field = F_INT("conn", 88) };

	log_info(&conn, "session bound", F_STR("jid", STR("a@b/c")), F_BOOL("resumed", true),
		 F_STR("nick", STR("x y=\"z\"")), F_STR("none", STR_NONE));
	expect("2001-09-09T01:46:40.123Z info  session bound loop=1 conn=88 jid=a@b/c resumed=true "
	       "nick=\"x y=\\\"z\\\"\" none=\"\"\n");
	log_warn(NULL, "no fields");
	expect("2001-09-09T01:46:40.123Z warn  no fields\n");
}

static void cannot_be_made_to_forge_lines(void **state)
{
	log_info(NULL, "login", F_STR("user", STR("x\n2001 error forged\x1b[2J\x7f")));
	expect("2001-09-09T01:46:40.123Z info  login "
	       "user=\"x\\u000a2001 error forged\\u001b[2J\\u007f\"\n");
}

static void writes_json(void **state)
{
	log_set_form(LOG_JSON);
	log_error(NULL, "a \"b\"", F_STR("k", STR("\\\n")), F_INT("n", -1), F_BOOL("f", false));
	log_set_form(LOG_TEXT);
	expect("{\"time\":\"2001-09-09T01:46:40.123Z\",\"level\":\"error\",\"message\":\"a \\\"b\\\"\","
	       "\"k\":\"\\\\\\u000a\",\"n\":-1,\"f\":false}\n");
}

static void keeps_to_the_level(void **state)
{
	enum log_level level = LOG_TRACE;

	log_debug(NULL, "unseen");
	expect("");
	log_set_level(LOG_DEBUG);
	log_debug(NULL, "seen");
	log_trace(NULL, "unseen");
	log_set_level(LOG_INFO);
	expect("2001-09-09T01:46:40.123Z debug seen\n");
	assert_int_equal(log_level_parse(STR("warn"), &level), OK);
	assert_int_equal(level, LOG_WARN);
	assert_int_equal(log_level_parse(STR("WARN"), &level), ERR_INVALID);
	assert_int_equal(level, LOG_WARN);
	assert_true(str_eq(log_level_name(LOG_TRACE), STR("trace")));
}

UNIT_TESTS_WITH(base_log, begin, end, cmocka_unit_test(writes_text),
		cmocka_unit_test(cannot_be_made_to_forge_lines), cmocka_unit_test(writes_json),
		cmocka_unit_test(keeps_to_the_level));
