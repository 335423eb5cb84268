/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on uploaded files: files list, files delete, files usage. */
#include "server/admin/file_commands.h"

#include "base/mem.h"
#include "server/model/account.h"
#include "server/model/uploads.h"
#include "server/route/home.h"

enum {
	ARENA_LIMIT = 64 * 1024, /* bytes of one call */
	LIST_MAX = 10000,        /* files in one answer */
	LIST_PAGE = 500,
};

/* A call that reads a list, page by page. */
struct listing {
	struct admin_call *call;
	char *owner; /* NULL: everybody's */
	char *after;
	json_t *rows;
	uint64_t max;
};

static struct uploads *uploads_of(struct admin_call *call)
{
	struct home *h = call->config->home;

	if (h && h->uploads)
		return h->uploads;
	admin_fail(call, "unsupported", "there are no uploads here");
	return NULL;
}

/* The account that is named: *ret_owner, to be freed; NULL: none is. False: answered. */
static bool read_owner(struct admin_call *call, char **ret_owner)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct str jid = admin_arg_str(call, "jid"), owner;

	*ret_owner = NULL;
	if (!jid.len)
		return true;
	arena_init(&arena, ARENA_LIMIT);
	if (account_owner_parse(&arena, jid, call->config->home->domain, &owner)) {
		admin_fail(call, "invalid", "\"%.*s\" cannot be an account here",
			   STR_ARG(str_sub(jid, 0, 128)));
		return false;
	}
	*ret_owner = str_dup(owner);
	return true;
}

/* ---- list ---- */

static json_t *describe(const struct upload *u)
{
	json_t *row = json_object();

	json_object_set_new(row, "id", admin_json_str(u->id));
	json_object_set_new(row, "jid", admin_json_str(u->owner));
	json_object_set_new(row, "name", admin_json_str(u->name));
	json_object_set_new(row, "type", admin_json_str(u->type));
	json_object_set_new(row, "bytes", json_integer((json_int_t)u->size));
	json_object_set_new(row, "purpose", admin_json_str(upload_purpose_name(u->purpose)));
	json_object_set_new(row, "whole", json_boolean(u->hash.len > 0));
	json_object_set_new(row, "made", admin_json_time(u->wall_made));
	if (u->wall_end)
		json_object_set_new(row, "ends", admin_json_time(u->wall_end));
	return row;
}

static void listing_end(struct listing *l, enum err err)
{
	struct admin_call *call = l->call;
	json_t *rows = l->rows;

	mem_free(l->owner);
	mem_free(l->after);
	mem_free(l);
	if (!err) {
		admin_reply(call, rows);
		return;
	}
	json_decref(rows);
	admin_fail_err(call, err, STR("files"));
}

static void read_page(struct listing *l);

static void on_page(void *arg, enum err err, const struct upload *list, size_t count,
		    struct str last)
{
	struct listing *l = arg;

	for (size_t i = 0; i < count && json_array_size(l->rows) < l->max; i++)
		json_array_append_new(l->rows, describe(&list[i]));
	if (err || !str_is_set(last) || json_array_size(l->rows) >= l->max) {
		listing_end(l, err);
		return;
	}
	mem_free(l->after);
	l->after = str_dup(last);
	read_page(l);
}

static void read_page(struct listing *l)
{
	uploads_list(l->call->config->home->uploads, str_from(l->owner), str_from(l->after),
		     LIST_PAGE, on_page, l);
}

static void run_list(struct admin_call *call)
{
	int64_t max = admin_arg_int(call, "max", LIST_MAX);
	struct uploads *all = uploads_of(call);
	struct listing *l;
	char *owner;

	if (!all)
		return;
	if (max < 1 || max > LIST_MAX) {
		admin_fail(call, "wrong-argument", "max must be from 1 to %d", LIST_MAX);
		return;
	}
	if (!read_owner(call, &owner))
		return;
	l = mem_zalloc(1, sizeof(*l));
	l->call = call;
	l->owner = owner;
	l->rows = json_array();
	l->max = (uint64_t)max;
	read_page(l);
}

/* ---- delete ---- */

static void on_deleted(void *arg, enum err err, const struct upload *u)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err == ERR_NOT_FOUND) {
		admin_fail(call, "not-found", "no file has this id");
	} else if (err == ERR_AGAIN) {
		admin_fail(call, "busy", "this file is being sent right now");
	} else if (err) {
		admin_fail_err(call, err, STR("file"));
	} else {
		result = json_object();
		json_object_set_new(result, "id", admin_json_str(u->id));
		json_object_set_new(result, "jid", admin_json_str(u->owner));
		json_object_set_new(result, "done", json_string("deleted"));
		admin_reply(call, result);
	}
}

static void run_delete(struct admin_call *call)
{
	struct uploads *all = uploads_of(call);

	if (all)
		uploads_delete(all, admin_arg_str(call, "id"), STR_NONE, on_deleted, call);
}

/* ---- usage ---- */

static void on_usage(void *arg, enum err err, uint64_t count, uint64_t bytes)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err == ERR_BUSY) {
		admin_fail(call, "busy", "the files are still being counted");
		return;
	}
	if (err) {
		admin_fail_err(call, err, STR("files"));
		return;
	}
	result = json_object();
	json_object_set_new(result, "files", json_integer((json_int_t)count));
	json_object_set_new(result, "bytes", json_integer((json_int_t)bytes));
	if (!admin_arg_str(call, "jid").len)
		json_object_set_new(
			result, "expired",
			json_integer((json_int_t)uploads_expired(call->config->home->uploads)));
	admin_reply(call, result);
}

static void run_usage(struct admin_call *call)
{
	struct uploads *all = uploads_of(call);
	char *owner;

	if (!all || !read_owner(call, &owner))
		return;
	uploads_usage(all, str_from(owner), on_usage, call);
	mem_free(owner);
}

/* ---- the table ---- */

static const struct admin_arg list_args[] = {
	{ "jid", ADMIN_STR, false, true, "Only those of this account." },
	{ "max", ADMIN_INT, false, false, "How many at most (10000)." },
	{ .name = NULL },
};
static const struct admin_arg delete_args[] = {
	{ "id", ADMIN_STR, true, true,
	  "The id that files list shows; it stands in the link, too." },
	{ .name = NULL },
};
static const struct admin_arg usage_args[] = {
	{ "jid", ADMIN_STR, false, true, "Only what this account has." },
	{ .name = NULL },
};

const struct admin_command admin_file_commands[] = {
	{ "files list", "Lists uploaded files.", list_args, run_list },
	{ "files delete", "Takes a file away, for good.", delete_args, run_delete },
	{ "files usage", "Tells how many files there are, and their size.", usage_args, run_usage },
	{ .words = NULL },
};
