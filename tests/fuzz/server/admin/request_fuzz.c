/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request line of the control socket: arguments of a known command, or a refusal. */
#include "server/admin/commands.h"
#include "server/admin/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = str_make((const char *)data, size);
	const struct admin_command *command = NULL;
	struct admin_refusal refusal = { .code = NULL };
	json_t *args = NULL;

	if (request_parse(line, admin_commands, admin_commands_count, &command, &args, &refusal)) {
		must(!command && !args && refusal.code && refusal.text[0]);
		return 0;
	}
	must(json_is_object(args));
	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++)
		must(!arg->is_required || json_object_get(args, arg->name));
	request_free_args(args);
	return 0;
}
