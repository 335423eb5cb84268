/* SPDX-License-Identifier: Apache-2.0 */
/* Pushes of an account: user push. */
#include "server/admin/push_commands.h"

enum { ARENA_LIMIT = 16 * 1024 };

static void set_time(json_t *row, const char *name, usec_t wall)
{
	json_object_set_new(row, name, wall ? admin_json_time(wall) : json_null());
}

static json_t *push_row(const struct admin_push *p)
{
	json_t *row = json_object();

	json_object_set_new(row, "service", admin_json_str(p->service));
	json_object_set_new(row, "node", admin_json_str(p->node));
	json_object_set_new(row, "room", p->room.len ? admin_json_str(p->room) : json_null());
	json_object_set_new(row, "device", admin_json_str(p->device));
	json_object_set_new(row, "web", json_boolean(p->is_web));
	set_time(row, "enabled", p->wall_enabled);
	set_time(row, "last-push", p->wall_pushed);
	set_time(row, "last-answer", p->wall_answered);
	json_object_set_new(row, "answer", admin_json_str(p->answer));
	json_object_set_new(row, "failures", json_integer(p->failures));
	json_object_set_new(row, "waiting", json_integer(p->waiting));
	json_object_set_new(row, "disabled", json_boolean(p->is_disabled));
	return row;
}

static void on_pushes(void *arg, enum err err, const struct admin_push *pushes, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (err) {
		admin_fail_err(call, err, admin_arg_str(call, "jid"));
		return;
	}
	rows = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, push_row(&pushes[i]));
	admin_reply(call, rows);
}

static void run_push(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena arena scoped(arena_done) = { 0 };
	struct str owner;

	arena_init(&arena, ARENA_LIMIT);
	if (!config->list_pushes)
		admin_fail(call, "unsupported", "pushes cannot be listed");
	else if (admin_owner(call, &arena, &owner))
		config->list_pushes(config->owner, owner, on_pushes, call);
}

static const struct admin_arg push_args[] = {
	{ "jid", ADMIN_STR, true, true, "The account." },
	{ .name = NULL },
};

const struct admin_command admin_push_commands[] = {
	{ "user push",
	  "Lists the app servers and push services that an account's devices have named: the last "
	  "push, the last answer.",
	  push_args, run_push },
	{ .words = NULL },
};
