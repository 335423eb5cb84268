/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that move accounts: export, import. */
#include "server/admin/transfer_commands.h"

#include "server/model/account.h"
#include "server/transfer/transfer.h"
#include "xmpp/jid.h"

enum { ARENA_LIMIT = 16 * 1024 };

/* ---- answers ---- */

static json_t *counts_json(const struct report *r)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < PIECE_KINDS; i++) {
		json_t *row;

		if (!r->counts[i].found)
			continue;
		row = json_object();
		json_object_set_new(row, "kind", json_string(piece_name(i)));
		json_object_set_new(row, "found", json_integer((json_int_t)r->counts[i].found));
		json_object_set_new(row, "taken", json_integer((json_int_t)r->counts[i].taken));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *left_out_json(const struct report *r)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < r->left_out_count; i++) {
		const struct left_out *l = &r->left_out[i];
		json_t *row = json_object();

		json_object_set_new(row, "kind", json_string(piece_name(l->kind)));
		json_object_set_new(row, "count", json_integer((json_int_t)l->count));
		json_object_set_new(row, "why", json_string(l->why));
		json_object_set_new(row, "file", admin_json_str(str_from(l->file)));
		json_object_set_new(row, "line", json_integer(l->line));
		json_array_append_new(rows, row);
	}
	return rows;
}

static void on_done(void *arg, enum err err, const struct report *report)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err == ERR_INVALID && report->fault[0]) {
		admin_fail(call, "invalid", "nothing was done: %s", report->fault);
		return;
	}
	if (err) {
		admin_fail_err(call, err,
			       str_from(report->fault[0] ? report->fault : "nothing was done"));
		return;
	}
	result = json_object();
	if (admin_arg_bool(call, "dry-run"))
		json_object_set_new(result, "done", json_string("nothing: a dry run"));
	json_object_set_new(result, "counts", counts_json(report));
	if (report->left_out_count)
		json_object_set_new(result, "left_out", left_out_json(report));
	admin_reply(call, result);
}

static void start(struct admin_call *call, struct transfer_job *job)
{
	const struct admin_config *config = call->config;

	job->path = admin_arg_str(call, "file");
	job->fn = on_done;
	job->arg = call;
	if (!config->transfer) {
		admin_fail(call, "unsupported", "this server cannot do that");
		return;
	}
	if (!str_starts(job->path, STR("/")) || memchr(job->path.ptr, '\0', job->path.len)) {
		admin_fail(call, "wrong-argument", "a path must begin with /");
		return;
	}
	if (transfer_start(config->transfer, job))
		admin_fail(call, "busy", "another export or import is under way");
}

/* ---- export ---- */

static void run_export(struct admin_call *call)
{
	struct str user = admin_arg_str(call, "user");
	struct arena arena scoped(arena_done) = { 0 };
	struct transfer_job job = { .kind = TRANSFER_EXPORT };

	arena_init(&arena, ARENA_LIMIT);
	if (account_owner_parse(&arena, user, call->config->domain, &job.owner)) {
		admin_fail(call, "invalid", "\"%.*s\" cannot be the address of an account here",
			   STR_ARG(str_sub(user, 0, 128)));
		return;
	}
	start(call, &job);
}

static void run_export_all(struct admin_call *call)
{
	struct transfer_job job = { .kind = TRANSFER_EXPORT };

	start(call, &job);
}

/* ---- import ---- */

static void import_from(struct admin_call *call, enum transfer_kind kind)
{
	struct str domain = admin_arg_str(call, "domain");
	struct arena arena scoped(arena_done) = { 0 };
	struct transfer_job job = { .kind = kind,
				    .is_dry = admin_arg_bool(call, "dry-run"),
				    .skips_existing = admin_arg_bool(call, "skip-existing") };

	arena_init(&arena, ARENA_LIMIT);
	if (str_is_set(domain) && jid_prep_domain(&arena, domain, &job.domain)) {
		admin_fail(call, "wrong-argument", "this is no domain");
		return;
	}
	job.limits = call->config->import_limits(call->config->owner);
	start(call, &job);
}

static void run_import(struct admin_call *call)
{
	import_from(call, TRANSFER_IMPORT);
}

static void run_import_prosody(struct admin_call *call)
{
	import_from(call, TRANSFER_PROSODY);
}

static void run_import_ejabberd(struct admin_call *call)
{
	import_from(call, TRANSFER_EJABBERD);
}

/* ---- the table ---- */

#define NEW_FILE                                                                                   \
	{                                                                                          \
		"file", ADMIN_PATH, true, true, "The file to make; it must not exist."             \
	}

static const struct admin_arg export_args[] = {
	{ "user", ADMIN_STR, true, true, "The address, or the part of it before the @." },
	NEW_FILE,
	{ .name = NULL },
};
static const struct admin_arg export_all_args[] = { NEW_FILE, { .name = NULL } };
#define OF_IMPORT                                                                                  \
	{ "domain", ADMIN_STR, false, false,                                                       \
	  "Takes the accounts of this host, others are left out; it becomes ours." },              \
		{ "skip-existing", ADMIN_BOOL, false, false,                                       \
		  "Leaves accounts alone that are here already; otherwise nothing is imported." }, \
		{ "dry-run", ADMIN_BOOL, false, false, "Only looks, and says what would come." },  \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static const struct admin_arg import_args[] = {
	{ "file", ADMIN_PATH, true, true, "The file to read (XEP-0227)." },
	OF_IMPORT,
};
static const struct admin_arg prosody_args[] = {
	{ "file", ADMIN_PATH, true, true, "The folder that is its data_path, or its SQLite file." },
	OF_IMPORT,
};

static const struct admin_arg ejabberd_args[] = {
	{ "file", ADMIN_PATH, true, true,
	  "The file that ejabberdctl dump has written, or its SQLite file." },
	OF_IMPORT,
};

const struct admin_command admin_transfer_commands[] = {
	{ "export", "Writes an account with all that it has to a file (XEP-0227).", export_args,
	  run_export },
	{ "export --all", "Writes all accounts to a file (XEP-0227).", export_all_args,
	  run_export_all },
	{ "import", "Makes accounts out of a file (XEP-0227): all of them, or none.", import_args,
	  run_import },
	{ "import prosody", "Makes accounts out of the files of a Prosody that was stopped.",
	  prosody_args, run_import_prosody },
	{ "import ejabberd", "Makes accounts out of ejabberd's tables.", ejabberd_args,
	  run_import_ejabberd },
	{ .words = NULL },
};
