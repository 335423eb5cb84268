/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that are blocked for everybody, see block_commands.h. */
#include "server/admin/block_commands.h"

#include "server/model/banlist.h"
#include "server/route/banned.h"
#include "server/route/home.h"
#include "server/store/store.h"

enum {
	LIST_MAX = 1000,      /* addresses in one answer */
	WHY_MAX = 500,        /* bytes of a reason */
	ARENA_MAX = 16 * KIB, /* bytes of an address that is read */
};

/* The prepared address out of text, in a; or the call is answered. */
static bool read_address(struct admin_call *call, struct arena *a, struct str text,
			 struct str *ret_key)
{
	if (!call->config->home || !call->config->change_bans) {
		admin_fail(call, "unsupported", "nobody can be blocked here");
		return false;
	}
	if (text.len > ARENA_MAX / 4 || banlist_prepare(a, text, ret_key) ||
	    str_eq(*ret_key, call->config->domain)) {
		admin_fail(call, "invalid",
			   "an address, a domain other than this one, or *.domain, please");
		return false;
	}
	return true;
}

static void on_changed(void *arg, enum err e)
{
	struct admin_call *call = arg;
	struct str text;
	json_t *result;

	if (e) {
		admin_fail_err(call, e, STR("blocked addresses"));
		return;
	}
	result = json_object();
	text = admin_arg_str(call, "address");
	json_object_set_new(result, "address",
			    admin_json_str(text.len ? text : admin_arg_str(call, "domain")));
	admin_reply(call, result);
}

void admin_block_change(struct admin_call *call, struct str text, bool is_added)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str key, why = admin_arg_str(call, "reason");

	arena_init(&a, ARENA_MAX);
	if (why.len > WHY_MAX)
		admin_fail(call, "invalid", "the reason is too long");
	else if (read_address(call, &a, text, &key))
		call->config->change_bans(call->config->bans, key, why, is_added, on_changed, call);
}

static void run_add(struct admin_call *call)
{
	admin_block_change(call, admin_arg_str(call, "address"), true);
}

static void run_remove(struct admin_call *call)
{
	admin_block_change(call, admin_arg_str(call, "address"), false);
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		admin_fail_err(call, answer->err, STR("blocked addresses"));
		return;
	}
	rows = json_array();
	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		json_t *one = json_object();
		struct str why = STR("");
		usec_t wall = 0;

		json_object_set_new(one, "address",
				    row->key.ptr[0] == '.'
					    ? json_sprintf("*%.*s", STR_ARG(row->key))
					    : admin_json_str(row->key));
		if (!ban_decode(row->value, &wall, &why))
			json_object_set_new(one, "since", admin_json_time(wall));
		json_object_set_new(one, "reason", admin_json_str(why));
		json_array_append_new(rows, one);
	}
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = BAN_SPACE,
					 .after_key = admin_arg_str(call, "after"),
					 .max = LIST_MAX };

	if (!call->config->home) {
		admin_fail(call, "unsupported", "nobody can be blocked here");
		return;
	}
	request.owner = call->config->domain;
	store_read(call->config->store, &request, on_rows, call);
}

/* Whether somebody is covered by any list, and by which entry. */
static void run_test(struct admin_call *call)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str found;
	struct jid jid;
	json_t *result;

	arena_init(&a, ARENA_MAX);
	if (!call->config->home || admin_arg_str(call, "address").len > ARENA_MAX / 4 ||
	    jid_parse(&a, admin_arg_str(call, "address"), &jid)) {
		admin_fail(call, "invalid", "an address, please");
		return;
	}
	found = banlist_covers(call->config->home->bans, jid);
	if (!found.ptr && banned_is_heard(call->config->home, jid))
		found = banlist_covers(call->config->home->heard, jid);
	result = json_object();
	json_object_set_new(result, "address", admin_json_str(jid.full));
	json_object_set_new(result, "blocked", json_boolean(found.ptr != NULL));
	json_object_set_new(result, "by", found.ptr ? admin_json_str(found) : json_null());
	admin_reply(call, result);
}

static const struct admin_arg add_args[] = {
	{ "address", ADMIN_STR, true, true, "user@domain, domain, or *.domain for all below it." },
	{ "reason", ADMIN_STR, false, false, "Why, for those who come later." },
	{ .name = NULL },
};
static const struct admin_arg remove_args[] = {
	{ "address", ADMIN_STR, true, true, "As it was added." },
	{ .name = NULL },
};
static const struct admin_arg list_args[] = {
	{ "after", ADMIN_STR, false, false, "Goes on behind this address." },
	{ .name = NULL },
};
static const struct admin_arg test_args[] = {
	{ "address", ADMIN_STR, true, true, "Whose." },
	{ .name = NULL },
};

const struct admin_command admin_block_commands[] = {
	{ "block add", "Blocks an address or a domain for everybody.", add_args, run_add },
	{ "block remove", "Takes one back that was added so.", remove_args, run_remove },
	{ "block list", "Lists those that were added so; block.lists are files of yours.",
	  list_args, run_list },
	{ "block test", "Tells whether an address is blocked, and by which entry.", test_args,
	  run_test },
	{ .words = NULL },
};
