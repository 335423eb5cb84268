/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of parleyctl as a page, see docs_commands.h. */
#include "server/docs_commands.h"

#include "server/admin/commands.h"

/* "PATH", "[--admin]", "[--expires TEXT]"; a secret is no word, it comes by stdin. */
static void add_arg(struct sbuf *out, const struct admin_arg *arg)
{
	static const char *const values[] = { [ADMIN_STR] = " TEXT",
					      [ADMIN_INT] = " NUMBER",
					      [ADMIN_BOOL] = "",
					      [ADMIN_PATH] = " PATH",
					      [ADMIN_SECRET] = "" };
	const char *open = arg->is_required ? "" : "[", *close = arg->is_required ? "" : "]";

	if (arg->type == ADMIN_SECRET)
		return;
	(void)sbuf_printf(out, " %s", open);
	if (!arg->is_positional) {
		(void)sbuf_printf(out, "--%s%s", arg->name, values[arg->type]);
	} else {
		for (const char *c = arg->name; *c; c++)
			(void)sbuf_add_char(out,
					    *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	}
	(void)sbuf_add(out, str_from(close));
}

static void add_command(struct sbuf *out, const struct admin_command *command)
{
	(void)sbuf_printf(out, "\n## %s\n\n    parleyctl %s", command->words, command->words);
	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++)
		add_arg(out, arg);
	(void)sbuf_printf(out, "\n\n%s\n", command->help);
	if (command->args && command->args->name)
		(void)sbuf_lit(out, "\n| argument | meaning |\n| --- | --- |\n");
	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++)
		(void)sbuf_printf(out, "| `%s%s` | %s |\n",
				  arg->is_positional || arg->type == ADMIN_SECRET ? "" : "--",
				  arg->name, arg->help);
}

enum err docs_write_commands(struct sbuf *out)
{
	(void)sbuf_lit(out, "# Commands\n\n"
			    "Made by `./dev docs` from the table of the program itself: what "
			    "`parleyctl` can be told. Each takes `--json`, and `--config FILE` "
			    "where it is not the system's. The running server carries them out, "
			    "but for `restore PATH`, which makes the data folder from a "
			    "[backup](backup.md) while no server runs.\n");
	for (size_t i = 0; i < admin_commands_count; i++) {
		for (const struct admin_command *c = admin_commands[i]; c->words; c++)
			add_command(out, c);
	}
	return out->err;
}
