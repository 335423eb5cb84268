/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the clients of an account: clients list, clients remove. */
#include "server/admin/client_commands.h"

#include "base/mem.h"

enum { ARENA_LIMIT = 16 * 1024 };

static json_t *client_row(const struct admin_client *c)
{
	json_t *row = json_object();

	json_object_set_new(row, "id", admin_json_str(c->id));
	json_object_set_new(row, "software", admin_json_str(c->software));
	json_object_set_new(row, "device", admin_json_str(c->device));
	json_object_set_new(row, "first", admin_json_time(c->wall_first));
	json_object_set_new(row, "last", admin_json_time(c->wall_last));
	json_object_set_new(row, "mechanism", admin_json_str(c->mechanism));
	json_object_set_new(row, "connected", json_boolean(c->is_connected));
	json_object_set_new(row, "password", json_boolean(c->knows_password));
	json_object_set_new(row, "token", json_boolean(c->has_token));
	return row;
}

static void on_clients(void *arg, enum err err, const struct admin_client *clients, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (err) {
		admin_fail_err(call, err, admin_arg_str(call, "jid"));
		return;
	}
	rows = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, client_row(&clients[i]));
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena arena scoped(arena_done) = { 0 };
	struct str owner;

	arena_init(&arena, ARENA_LIMIT);
	if (!config->list_clients)
		admin_fail(call, "unsupported", "clients cannot be listed");
	else if (admin_owner(call, &arena, &owner))
		config->list_clients(config->owner, owner, on_clients, call);
}

/* ---- remove ---- */

/* Signing out one after the other. */
struct removal_call {
	struct admin_call *call;
	char *owner; /* with NUL */
	char **ids;  /* with NUL */
	size_t count, next;
	size_t known; /* of them, that can come back */
	enum err err;
};

static void removal_free(struct removal_call *r)
{
	for (size_t i = 0; i < r->count; i++)
		mem_free(r->ids[i]);
	mem_free(r->ids);
	mem_free(r->owner);
	mem_free(r);
}

static void finish(struct removal_call *r)
{
	struct admin_call *call = r->call;
	json_t *result;

	if (r->err) {
		admin_fail_err(call, r->err, str_from(r->owner));
		removal_free(r);
		return;
	}
	result = json_object();
	json_object_set_new(result, "jid", admin_json_str(str_from(r->owner)));
	json_object_set_new(result, "removed", json_integer((json_int_t)r->count));
	/* They have logged in with the password: only a new one keeps them out. */
	json_object_set_new(result, "change-password", json_boolean(r->known > 0));
	removal_free(r);
	admin_reply(call, result);
}

static void remove_next(struct removal_call *r);

static void on_removed(void *arg, enum err err)
{
	struct removal_call *r = arg;

	r->known += err == ERR_DENIED;
	if (err && err != ERR_DENIED && (err != ERR_NOT_FOUND || r->count == 1)) {
		r->err = err;
		finish(r);
		return;
	}
	r->next++;
	remove_next(r);
}

static void remove_next(struct removal_call *r)
{
	const struct admin_config *config = r->call->config;

	if (r->next == r->count)
		finish(r);
	else
		config->remove_client(config->owner, str_from(r->owner), str_from(r->ids[r->next]),
				      on_removed, r);
}

static void on_all(void *arg, enum err err, const struct admin_client *clients, size_t count)
{
	struct removal_call *r = arg;

	r->err = err;
	if (err) {
		finish(r);
		return;
	}
	r->ids = mem_zalloc(count + 1, sizeof(*r->ids));
	r->count = count;
	for (size_t i = 0; i < count; i++)
		r->ids[i] = str_dup(clients[i].id);
	remove_next(r);
}

static void run_remove(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct arena arena scoped(arena_done) = { 0 };
	struct str owner, id = admin_arg_str(call, "id");
	struct removal_call *r;

	arena_init(&arena, ARENA_LIMIT);
	if (!config->list_clients || !config->remove_client) {
		admin_fail(call, "unsupported", "clients cannot be removed");
		return;
	}
	if (!admin_owner(call, &arena, &owner))
		return;
	r = mem_zalloc(1, sizeof(*r));
	r->call = call;
	r->owner = str_dup(owner);
	if (!id.ptr) {
		config->list_clients(config->owner, owner, on_all, r);
		return;
	}
	r->ids = mem_zalloc(1, sizeof(*r->ids));
	r->ids[0] = str_dup(id);
	r->count = 1;
	remove_next(r);
}

static const struct admin_arg list_args[] = {
	{ "jid", ADMIN_STR, true, true, "The account." },
	{ .name = NULL },
};
static const struct admin_arg remove_args[] = {
	{ "jid", ADMIN_STR, true, true, "The account." },
	{ "id", ADMIN_STR, false, true, "The client, as clients list names it; else all of them." },
	{ .name = NULL },
};

const struct admin_command admin_client_commands[] = {
	{ "clients list", "Lists the clients of an account: what, since when, how they log in.",
	  list_args, run_list },
	{ "clients remove",
	  "Signs clients out: ends their sessions and revokes their tokens. Says when only a new "
	  "password keeps them out.",
	  remove_args, run_remove },
	{ .words = NULL },
};
