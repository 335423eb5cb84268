/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines as requests, and answers as text. */
#include "support/unit.h"

#include "ctl/print.h"
#include "ctl/words.h"

#include <stdlib.h>
#include <string.h>

static const char table_text[] =
	"[{\"command\":\"user add\",\"help\":\"Makes an account.\",\"args\":["
	"{\"name\":\"jid\",\"type\":\"text\",\"required\":true,\"positional\":true,\"help\":\"Who.\"},"
	"{\"name\":\"password\",\"type\":\"secret\",\"required\":true,\"positional\":false,\"help\":\"What.\"},"
	"{\"name\":\"admin\",\"type\":\"switch\",\"required\":false,\"positional\":false,\"help\":\"Rights.\"}]},"
	"{\"command\":\"user\",\"help\":\"Shorter.\",\"args\":[]},"
	"{\"command\":\"list\",\"help\":\"Lists.\",\"args\":["
	"{\"name\":\"max\",\"type\":\"number\",\"required\":false,\"positional\":false,\"help\":\"How many.\"},"
	"{\"name\":\"from\",\"type\":\"text\",\"required\":false,\"positional\":true,\"help\":\"Where.\"},"
	"{\"name\":\"to\",\"type\":\"text\",\"required\":false,\"positional\":true,\"help\":\"Where to.\"}]}]";

static int set_up(void **state)
{
	*state = json_loads(table_text, 0, NULL);
	return *state ? 0 : 1;
}

static int tear_down(void **state)
{
	json_decref(*state);
	return 0;
}

enum { TEXT_MAX = 1000 };

/* words are separated by '|'. */
static enum err parse(const json_t *table, const char *line, char *ret_text,
		      const char **ret_secret)
{
	char copy[200];
	const char *words[20];
	size_t count = 0;
	struct words_fault fault = { .text = "" };
	json_t *request = NULL;
	char *text;
	enum err err;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *at = copy; at; count++) {
		char *end = strchr(at, '|');

		words[count] = at;
		if (end)
			*end++ = '\0';
		at = end;
	}
	err = words_parse(table, words, count, &request, ret_secret, &fault);
	if (err) {
		assert_null(request);
		(void)snprintf(ret_text, TEXT_MAX, "%s", fault.text);
		return err;
	}
	text = json_dumps(request, JSON_COMPACT);
	(void)snprintf(ret_text, TEXT_MAX, "%s", text);
	free(text);
	json_decref(request);
	return OK;
}

static void makes_requests(void **state)
{
	static const struct {
		const char *line, *text;
		enum err err;
	} rows[] = {
		{ "user|add|a@b", "{\"command\":\"user add\",\"args\":{\"jid\":\"a@b\"}}", OK },
		{ "user|add|--admin|a",
		  "{\"command\":\"user add\",\"args\":{\"admin\":true,\"jid\":\"a\"}}", OK },
		{ "user|add|--|--admin",
		  "{\"command\":\"user add\",\"args\":{\"jid\":\"--admin\"}}", OK },
		{ "user", "{\"command\":\"user\",\"args\":{}}", OK },
		{ "list|--max|5|x|y",
		  "{\"command\":\"list\",\"args\":{\"max\":5,\"from\":\"x\",\"to\":\"y\"}}", OK },
		{ "list|--max=-7", "{\"command\":\"list\",\"args\":{\"max\":-7}}", OK },
		{ "list|--to=x", "{\"command\":\"list\",\"args\":{\"to\":\"x\"}}", OK },
		{ "list|--max|x", "max must be a number, not \"x\"", ERR_INVALID },
		{ "list|--max", "--max needs a value", ERR_INVALID },
		{ "list|a|b|c", "one word too many: \"c\"", ERR_INVALID },
		{ "list|--what", "unknown option --what", ERR_INVALID },
		{ "user|add", "jid is missing", ERR_INVALID },
		{ "user|add|a|--admin=1", "--admin takes no value", ERR_INVALID },
		{ "use", "unknown command: use", ERR_NOT_FOUND },
		{ "us|er", "unknown command: us er", ERR_NOT_FOUND },
	};
	const char *secret;
	char text[TEXT_MAX];

	for (size_t i = 0; i < array_len(rows); i++) {
		secret = NULL;
		assert_int_equal(parse(*state, rows[i].line, text, &secret), rows[i].err);
		assert_string_equal(text, rows[i].text);
		assert_true((secret != NULL) ==
			    (rows[i].err == OK && strstr(rows[i].text, "user add") != NULL));
	}
	assert_int_equal(parse(*state, "user|add|a|--password|x", text, &secret), ERR_INVALID);
	assert_non_null(strstr(text, "stdin"));
}

static void prints(const char *json, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	assert_int_equal(print_result(&out, value), OK);
	sbuf_add_char(&out, '\0');
	assert_string_equal(out.ptr, wanted);
	json_decref(value);
}

static void prints_answers(void **state)
{
	prints("[{\"jid\":\"a\",\"admin\":true},{\"jid\":\"l\\u00e4nger\",\"admin\":false}]",
	       "jid     admin\na       yes\nl\xc3\xa4nger  no\n");
	prints("[{\"a\":1,\"b\":null},{\"a\":[2]}]", "a    b\n1    \n[2]  \n");
	prints("{\"x\":\"y\",\"n\":5}", "x: y\nn: 5\n");
	prints("[]", "(none)\n");
	prints("null", "");
	prints("\"text\"", "text\n");
	/* What a peer chose must not steer the terminal. */
	prints("{\"client\":\"\\u001b[2J\\u009b\\n\\u202ex\"}", "client: ?[2J???x\n");
}

static void prints_help(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);
	const char *words[] = { "user", "add", "x" };
	size_t used = 0;
	const json_t *row = words_find(*state, words, 3, &used);

	assert_int_equal(used, 2);
	assert_int_equal(print_usage(&out, row), OK);
	assert_true(str_starts(
		sbuf_str(&out),
		STR("parleyctl user add jid [--admin]\nMakes an account.\n  jid: Who.\n")));
	sbuf_reset(&out);
	assert_int_equal(print_commands(&out, *state), OK);
	assert_true(str_find(sbuf_str(&out), STR("\n  list [--max VALUE] [from] [to]\n")) > 0);
}

UNIT_TESTS_WITH(words, set_up, tear_down, cmocka_unit_test(makes_requests),
		cmocka_unit_test(prints_answers), cmocka_unit_test(prints_help));
