/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of all commands, and "help", which tells it. */
#include "server/admin/commands.h"

#include "server/admin/account_commands.h"
#include "server/admin/block_commands.h"
#include "server/admin/certificate_commands.h"
#include "server/admin/client_commands.h"
#include "server/admin/component_commands.h"
#include "server/admin/file_commands.h"
#include "server/admin/held_commands.h"
#include "server/admin/invite_commands.h"
#include "server/admin/push_commands.h"
#include "server/admin/report_commands.h"
#include "server/admin/s2s_commands.h"
#include "server/admin/search_commands.h"
#include "server/admin/server_commands.h"
#include "server/admin/session_commands.h"
#include "server/admin/transfer_commands.h"

static void run_help(struct admin_call *call);

static const struct admin_command help_commands[] = {
	{ "help", "Lists the commands and their arguments.", NULL, run_help },
	{ .words = NULL },
};

/* One a line, so that those who add some do not meet. */
/* clang-format off */
const struct admin_command *const admin_commands[] = {
	help_commands,
	admin_account_commands,
	admin_session_commands,
	admin_client_commands,
	admin_push_commands,
	admin_component_commands,
	admin_s2s_commands,
	admin_block_commands,
	admin_invite_commands,
	admin_held_commands,
	admin_file_commands,
	admin_report_commands,
	admin_search_commands,
	admin_certificate_commands,
	admin_server_commands,
	admin_transfer_commands,
};
/* clang-format on */
const size_t admin_commands_count = array_len(admin_commands);

static json_t *describe_args(const struct admin_command *command)
{
	static const char *const types[] = { [ADMIN_STR] = "text",
					     [ADMIN_INT] = "number",
					     [ADMIN_BOOL] = "switch",
					     [ADMIN_PATH] = "path",
					     [ADMIN_SECRET] = "secret" };
	json_t *args = json_array();

	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++) {
		json_t *row = json_object();

		json_object_set_new(row, "name", json_string(arg->name));
		json_object_set_new(row, "type", json_string(types[arg->type]));
		json_object_set_new(row, "required", json_boolean(arg->is_required));
		json_object_set_new(row, "positional", json_boolean(arg->is_positional));
		json_object_set_new(row, "help", json_string(arg->help));
		json_array_append_new(args, row);
	}
	return args;
}

static void run_help(struct admin_call *call)
{
	json_t *all = json_array();

	for (size_t i = 0; i < admin_commands_count; i++) {
		for (const struct admin_command *c = admin_commands[i]; c->words; c++) {
			json_t *row = json_object();

			json_object_set_new(row, "command", json_string(c->words));
			json_object_set_new(row, "help", json_string(c->help));
			json_object_set_new(row, "args", describe_args(c));
			json_array_append_new(all, row);
		}
	}
	admin_reply(call, all);
}
