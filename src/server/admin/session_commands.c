/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on sessions: sessions list, sessions kick. */
#include "server/admin/session_commands.h"

#include "base/arena.h"
#include "xmpp/jid.h"

enum {
	LIST_MAX = 10000, /* sessions in one answer */
	ARENA_LIMIT = 16 * 1024,
};

static json_t *session_row(const struct admin_session *s)
{
	json_t *row = json_object();

	json_object_set_new(row, "jid", admin_json_str(s->jid));
	json_object_set_new(row, "from", admin_json_str(s->peer));
	json_object_set_new(row, "since", admin_json_time(s->wall_since));
	json_object_set_new(row, "tls", json_boolean(s->is_secure));
	json_object_set_new(row, "detached", json_boolean(s->is_detached));
	json_object_set_new(row, "client", admin_json_str(s->client));
	return row;
}

static void on_sessions(void *arg, const struct admin_session *sessions, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, session_row(&sessions[i]));
	admin_reply(call, rows);
}

/* Prepares the argument jid; false: the call has been answered. */
static bool read_jid(struct admin_call *call, struct arena *arena, struct jid *ret_jid)
{
	struct str text = admin_arg_str(call, "jid");

	if (jid_parse(arena, text, ret_jid) == OK)
		return true;
	admin_fail(call, "invalid", "\"%.*s\" is not an address", STR_ARG(str_sub(text, 0, 128)));
	return false;
}

static void run_list(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena arena scoped(arena_done) = { 0 };
	struct str user = STR_NONE;
	struct jid jid;

	arena_init(&arena, ARENA_LIMIT);
	if (!config->list_sessions) {
		admin_fail(call, "unsupported", "sessions cannot be listed");
		return;
	}
	if (str_is_set(admin_arg_str(call, "jid"))) {
		if (!read_jid(call, &arena, &jid))
			return;
		user = jid_bare_str(jid);
	}
	config->list_sessions(config->owner, user, LIST_MAX, on_sessions, call);
}

static void on_ended(void *arg, size_t count)
{
	struct admin_call *call = arg;
	json_t *result;

	if (count == 0) {
		admin_fail(call, "not-found", "no such session");
		return;
	}
	result = json_object();
	json_object_set_new(result, "ended", json_integer((json_int_t)count));
	admin_reply(call, result);
}

static void run_kick(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena arena scoped(arena_done) = { 0 };
	struct jid jid;

	arena_init(&arena, ARENA_LIMIT);
	if (!config->end_sessions) {
		admin_fail(call, "unsupported", "sessions cannot be ended");
		return;
	}
	if (read_jid(call, &arena, &jid))
		config->end_sessions(config->owner, jid.full, on_ended, call);
}

static const struct admin_arg list_args[] = {
	{ "jid", ADMIN_STR, false, true, "Only the sessions of this user." },
	{ .name = NULL },
};
static const struct admin_arg kick_args[] = {
	{ "jid", ADMIN_STR, true, true, "A user, or one session (with its resource)." },
	{ .name = NULL },
};

const struct admin_command admin_session_commands[] = {
	{ "sessions list", "Lists the sessions, at most 10000.", list_args, run_list },
	{ "sessions kick", "Ends sessions; their users may log in again.", kick_args, run_kick },
	{ .words = NULL },
};
