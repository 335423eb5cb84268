/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held, see held_commands.h. */
#include "server/admin/held_commands.h"

#include "server/model/held.h"
#include "server/route/held_release.h"
#include "server/route/home.h"
#include "server/store/store.h"

enum { LIST_MAX = 1000 /* accounts in one answer */, ARENA_MAX = 16 * KIB };

static void on_rows(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		admin_fail_err(call, answer->err, STR("held accounts"));
		return;
	}
	rows = json_array();
	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		json_t *one = json_object();
		struct str invite;
		usec_t wall;

		json_object_set_new(one, "jid", admin_json_str(row->key));
		if (held_decode(row->value, &wall, &invite) == OK) {
			json_object_set_new(one, "since", admin_json_time(wall));
			json_object_set_new(one, "invite", admin_json_str(invite));
		}
		json_array_append_new(rows, one);
	}
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = HELD_LIST_SPACE,
					 .after_key = admin_arg_str(call, "after"),
					 .max = LIST_MAX };

	if (!call->config->home) {
		admin_fail(call, "unsupported", "nobody is held here");
		return;
	}
	request.owner = call->config->domain;
	store_read(call->config->store, &request, on_rows, call);
}

static void on_released(void *arg, enum err err)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err == ERR_NOT_FOUND) {
		admin_fail(call, "not-found", "no account of this address is held");
		return;
	}
	if (err) {
		admin_fail_err(call, err, STR("held account"));
		return;
	}
	result = json_object();
	json_object_set_new(result, "jid", admin_json_str(admin_arg_str(call, "jid")));
	json_object_set_new(result, "done", json_string("released"));
	admin_reply(call, result);
}

static void run_release(struct admin_call *call)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str owner;

	arena_init(&a, ARENA_MAX);
	if (!call->config->home)
		admin_fail(call, "unsupported", "nobody is held here");
	else if (admin_owner(call, &a, &owner))
		held_release(call->config->home, owner, on_released, call);
}

static const struct admin_arg list_args[] = {
	{ "after", ADMIN_STR, false, true, "Goes on behind this account." },
	{ .name = NULL },
};
static const struct admin_arg release_args[] = {
	{ "jid", ADMIN_STR, true, true, "The account." },
	{ .name = NULL },
};

const struct admin_command admin_held_commands[] = {
	{ "held list", "Lists accounts made with an invitation that is a trap.", list_args,
	  run_list },
	{ "held release", "Lets such an account go: it is like any other.", release_args,
	  run_release },
	{ .words = NULL },
};
