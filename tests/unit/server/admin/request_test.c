/* SPDX-License-Identifier: Apache-2.0 */
/* Request lines of the control socket, and the table of commands itself. */
#include "support/unit.h"

#include "server/admin/commands.h"
#include "server/admin/request.h"

static void refuses(const char *line, const char *code, const char *text)
{
	const struct admin_command *command = NULL;
	struct admin_refusal refusal = { .code = "" };
	json_t *args = NULL;

	assert_int_equal(request_parse(str_from(line), admin_commands, admin_commands_count,
				       &command, &args, &refusal),
			 ERR_INVALID);
	assert_null(command);
	assert_null(args);
	assert_string_equal(refusal.code, code);
	assert_non_null(strstr(refusal.text, text));
}

static void reads_requests(void **state)
{
	const struct admin_command *command;
	struct admin_refusal refusal;
	struct admin_call call = { .args = NULL };

	assert_int_equal(
		request_parse(STR("{\"command\":\"user add\",\"args\":{\"jid\":\"a\",\"password\":"
				  "\"pq\",\"admin\":true}}"),
			      admin_commands, admin_commands_count, &command, &call.args, &refusal),
		OK);
	assert_string_equal(command->words, "user add");
	assert_true(str_eq(admin_arg_str(&call, "jid"), STR("a")));
	assert_false(str_is_set(admin_arg_str(&call, "other")));
	assert_true(admin_arg_bool(&call, "admin"));
	assert_false(admin_arg_bool(&call, "jid"));
	assert_int_equal(admin_arg_int(&call, "max", 7), 7);
	request_free_args(call.args);
	assert_int_equal(request_parse(STR("{\"command\":\"help\"}"), admin_commands,
				       admin_commands_count, &command, &call.args, &refusal),
			 OK);
	assert_true(json_is_object(call.args));
	request_free_args(call.args);
}

static void refuses_bad_requests(void **state)
{
	refuses("", "invalid-request", "not JSON");
	refuses("user list", "invalid-request", "not JSON");
	refuses("{\"command\":\"help\"", "invalid-request", "not JSON");
	refuses("{\"command\":\"help\"} x", "invalid-request", "not JSON");
	refuses("{\"command\":\"help\",\"command\":\"stats\"}", "invalid-request", "not JSON");
	refuses("[]", "invalid-request", "object");
	refuses("{}", "invalid-request", "command");
	refuses("{\"command\":1}", "invalid-request", "command");
	refuses("{\"command\":\"help\",\"args\":[]}", "invalid-request", "args");
	refuses("{\"command\":\"help\",\"id\":1}", "invalid-request", "only");
	refuses("{\"command\":\"user\"}", "unknown-command", "user");
	refuses("{\"command\":\"user list \"}", "unknown-command", "user list");
	refuses("{\"command\":\"user add\"}", "missing-argument", "jid");
	refuses("{\"command\":\"user add\",\"args\":{\"jid\":\"a\"}}", "missing-argument",
		"password");
	refuses("{\"command\":\"user list\",\"args\":{\"max\":\"1\"}}", "wrong-argument",
		"whole number");
	refuses("{\"command\":\"user delete\",\"args\":{\"jid\":\"a\",\"all\":true}}",
		"unknown-argument", "all");
	refuses("{\"command\":\"user disable\",\"args\":{\"jid\":null}}", "wrong-argument", "text");
}

static void bounds_requests(void **state)
{
	static char line[ADMIN_REQUEST_MAX + 2];

	memset(line, '[', sizeof(line) - 1);
	refuses(line, "invalid-request", "bytes");
	/* As deep as a line may be. */
	line[ADMIN_REQUEST_MAX] = '\0';
	refuses(line, "invalid-request", "not JSON");
}

static void table_is_in_order(void **state)
{
	for (size_t i = 0; i < admin_commands_count; i++) {
		for (const struct admin_command *c = admin_commands[i]; c->words; c++) {
			const struct admin_command *found;
			struct admin_refusal refusal;
			json_t *args = NULL;
			char line[200];

			(void)snprintf(line, sizeof(line), "{\"command\":\"%s\"}", c->words);
			/* Unique: the first one of that name is this one. */
			if (request_parse(str_from(line), admin_commands, admin_commands_count,
					  &found, &args, &refusal) == OK)
				assert_ptr_equal(found, c);
			else
				assert_string_equal(refusal.code, "missing-argument");
			request_free_args(args);
			assert_non_null(c->help);
			for (const struct admin_arg *arg = c->args; arg && arg->name; arg++) {
				assert_non_null(arg->help);
				assert_false(arg->is_positional && arg->type == ADMIN_BOOL);
				assert_false(arg->is_positional && arg->type == ADMIN_SECRET);
			}
		}
	}
}

UNIT_TESTS(request, cmocka_unit_test(reads_requests), cmocka_unit_test(refuses_bad_requests),
	   cmocka_unit_test(bounds_requests), cmocka_unit_test(table_is_in_order));
