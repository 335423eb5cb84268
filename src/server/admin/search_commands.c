/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the index of searches (docs/search.md): search status, search rebuild. */
#include "server/admin/search_commands.h"

#include "server/store/store.h"

static void on_status(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *row = json_object();

	/* Nobody can look into it while it is made anew, or damaged. */
	bool is_there = answer->err != ERR_BUSY;

	if (answer->err && is_there) {
		json_decref(row);
		admin_fail_err(call, answer->err, STR("the search index"));
		return;
	}
	json_object_set_new(row, "state",
			    json_string(!is_there                ? "unavailable"
					: answer->search.waiting ? "behind"
								 : "ready"));
	json_object_set_new(row, "entries", json_integer((json_int_t)answer->search.entries));
	json_object_set_new(row, "waiting", json_integer((json_int_t)answer->search.waiting));
	json_object_set_new(row, "bytes", json_integer((json_int_t)answer->search.bytes));
	admin_reply(call, row);
}

static void run_status(struct admin_call *call)
{
	store_read(call->config->store, &(struct store_request){ .kind = READ_SEARCH_STATUS },
		   on_status, call);
}

static void run_rebuild(struct admin_call *call)
{
	json_t *row;

	if (!store_rebuild_search(call->config->store)) {
		admin_fail(call, "unsupported", "there is no search index");
		return;
	}
	row = json_object();
	json_object_set_new(row, "state", json_string("started"));
	admin_reply(call, row);
}

const struct admin_command admin_search_commands[] = {
	{ "search status", "Shows how far the index of searches is behind the archive.", NULL,
	  run_status },
	{ "search rebuild", "Makes the index of searches anew while the server works.", NULL,
	  run_rebuild },
	{ .words = NULL },
};
