/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on other servers: s2s list, s2s test, and s2s block for the block commands. */
#include "server/admin/s2s_commands.h"

#include "server/admin/block_commands.h"
#include "xmpp/jid.h"

static void on_streams(void *arg, const struct admin_stream *streams, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct admin_stream *s = &streams[i];
		json_t *row = json_object();

		json_object_set_new(row, "domain", admin_json_str(s->domain));
		json_object_set_new(row, "for", admin_json_str(s->ours));
		json_object_set_new(row, "direction", json_string(s->direction));
		json_object_set_new(row, "state", json_string(s->state));
		json_object_set_new(row, "from", admin_json_str(s->peer));
		json_object_set_new(row, "since",
				    s->wall_since ? admin_json_time(s->wall_since) : json_null());
		json_object_set_new(row, "waiting", json_integer((json_int_t)s->waiting));
		json_object_set_new(row, "bytes", json_integer((json_int_t)s->bytes));
		json_object_set_new(row, "trouble", admin_json_str(s->trouble));
		json_array_append_new(rows, row);
	}
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->list_streams)
		config->list_streams(config->owner, on_streams, call);
	else
		admin_fail(call, "unsupported", "other servers cannot be listed");
}

static void on_tested(void *arg, struct str why)
{
	struct admin_call *call = arg;
	json_t *result = json_object();

	json_object_set_new(result, "domain", admin_json_str(admin_arg_str(call, "domain")));
	json_object_set_new(result, "reached", json_boolean(!why.len));
	json_object_set_new(result, "trouble", admin_json_str(why));
	admin_reply(call, result);
}

static void run_test(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena a scoped(arena_done) = { 0 };
	struct str domain;

	arena_init(&a, 16 * KIB);
	if (!config->test_server)
		admin_fail(call, "unsupported", "other servers cannot be reached");
	else if (jid_prep_domain(&a, admin_arg_str(call, "domain"), &domain) ||
		 str_eq(domain, config->domain))
		admin_fail(call, "invalid", "the domain of another server, please");
	else
		config->test_server(config->owner, domain, on_tested, call);
}

/* The same as the block commands, for a domain as people name it here. */
static void change(struct admin_call *call, bool is_added)
{
	struct str domain = admin_arg_str(call, "domain");

	if (str_find(domain, STR("@")) >= 0)
		admin_fail(call, "invalid", "a domain, or *.domain for all below it, please");
	else
		admin_block_change(call, domain, is_added);
}

static void run_block(struct admin_call *call)
{
	change(call, true);
}

static void run_unblock(struct admin_call *call)
{
	change(call, false);
}

static const struct admin_arg block_args[] = {
	{ "domain", ADMIN_STR, true, true,
	  "The domain of the other server, or *.domain for all below it." },
	{ "reason", ADMIN_STR, false, false, "Why, for those who come later." },
	{ .name = NULL },
};
static const struct admin_arg unblock_args[] = {
	{ "domain", ADMIN_STR, true, true, "As it was blocked." },
	{ .name = NULL },
};
static const struct admin_arg test_args[] = {
	{ "domain", ADMIN_STR, true, true, "The domain of the other server." },
	{ .name = NULL },
};

const struct admin_command admin_s2s_commands[] = {
	{ "s2s list", "Lists streams of other servers, and to them, and what waits for them.", NULL,
	  run_list },
	{ "s2s test", "Tries to reach the server of a domain, and says what came of it.", test_args,
	  run_test },
	{ "s2s block",
	  "Blocks the domain of another server for everybody, as block add does; its streams end at once.",
	  block_args, run_block },
	{ "s2s unblock", "Takes one back that was blocked by s2s block or block add.", unblock_args,
	  run_unblock },
	{ .words = NULL },
};
