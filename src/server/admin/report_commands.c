/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse: reports list, show, resolve. */
#include "server/admin/report_commands.h"

#include "server/route/abuse_book.h"
#include "server/route/abuse_contact.h"
#include "server/route/home.h"
#include "server/store/store.h"

enum { LIST_MAX = 1000 /* reports in one answer */, PARSE_MAX = 256 * KIB };

static struct home *home_of_call(struct admin_call *call)
{
	if (!call->config->home)
		admin_fail(call, "unsupported", "there are no reports here");
	return call->config->home;
}

static void fail(struct admin_call *call, enum err err)
{
	if (err == ERR_NOT_FOUND)
		admin_fail(call, "not-found", "no report has this id");
	else
		admin_fail_err(call, err, STR("report"));
}

/* ---- list ---- */

static json_t *describe(const struct abuse_view *v)
{
	json_t *row = json_object(), *ids = json_array();

	json_object_set_new(row, "id", admin_json_str(v->key));
	json_object_set_new(row, "time", admin_json_time(v->wall));
	json_object_set_new(row, "about", admin_json_str(v->about));
	json_object_set_new(row, "by", admin_json_str(v->by));
	json_object_set_new(row, "reason", admin_json_str(v->reason));
	json_object_set_new(row, "text", admin_json_str(v->text));
	for (unsigned i = 0; i < v->id_count; i++)
		json_array_append_new(ids, admin_json_str(v->ids[i]));
	json_object_set_new(row, "messages", ids);
	return row;
}

static void append(json_t *rows, const struct keyval_row *row)
{
	struct arena a scoped(arena_done) = { 0 };
	struct abuse_view v;

	arena_init(&a, PARSE_MAX);
	if (abuse_view_read(&a, row, &v) == OK)
		json_array_append_new(rows, describe(&v));
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		fail(call, answer->err);
		return;
	}
	rows = json_array();
	for (const struct keyval_row *row = answer->rows; row; row = row->next)
		append(rows, row);
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	struct home *h = home_of_call(call);
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ABUSE_SPACE,
					 .after_key = admin_arg_str(call, "after"),
					 .max = LIST_MAX };

	if (!h)
		return;
	request.owner = h->domain;
	store_read(h->store, &request, on_rows, call);
}

/* ---- show ---- */

static void on_contacts(void *arg, const struct str *addresses, size_t count)
{
	struct admin_call *call = arg;
	json_t *result = json_incref(call->state), *contacts = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(contacts, admin_json_str(addresses[i]));
	json_object_set_new(result, "contacts", contacts);
	call->state = NULL;
	admin_reply(call, result);
}

static void on_copies(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *result = call->state, *copies = json_array();
	const char *about = json_string_value(json_object_get(result, "about"));

	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct str stanza;
		json_t *one;
		usec_t wall;

		if (abuse_copy_decode(row->value, &wall, &stanza))
			continue;
		one = json_object();
		json_object_set_new(one, "time", admin_json_time(wall));
		json_object_set_new(one, "stanza", admin_json_str(stanza));
		json_array_append_new(copies, one);
	}
	json_object_set_new(result, "copies", copies);
	abuse_contact_ask(call->config->home, str_from(about), on_contacts, call);
}

static void on_shown(void *arg, struct store_answer *answer)
{
	struct arena a scoped(arena_done) = { 0 };
	struct admin_call *call = arg;
	struct abuse_view v;
	enum err err = answer->err;

	arena_init(&a, PARSE_MAX);
	if (!err)
		err = answer->rows ? abuse_view_read(&a, answer->rows, &v) : ERR_NOT_FOUND;
	if (err) {
		fail(call, err);
		return;
	}
	/* With the arguments it goes, too, when the server ends before there is an answer. */
	call->state = describe(&v);
	json_object_set_new(call->args, "result", call->state);
	abuse_read_copies(call->config->home, v.key, on_copies, call);
}

static void run_show(struct admin_call *call)
{
	struct home *h = home_of_call(call);
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ABUSE_SPACE,
					 .key = admin_arg_str(call, "id") };

	if (!h)
		return;
	request.owner = h->domain;
	store_read(h->store, &request, on_shown, call);
}

/* ---- resolve ---- */

static void on_resolved(void *arg, enum err err)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err) {
		fail(call, err);
		return;
	}
	result = json_object();
	json_object_set_new(result, "id", admin_json_str(admin_arg_str(call, "id")));
	json_object_set_new(result, "done", json_string("resolved"));
	admin_reply(call, result);
}

static void run_resolve(struct admin_call *call)
{
	struct home *h = home_of_call(call);

	if (h)
		abuse_resolve(h, admin_arg_str(call, "id"), on_resolved, call);
}

/* ---- the table ---- */

static const struct admin_arg list_args[] = {
	{ "after", ADMIN_STR, false, true, "Only those behind the report of this id." },
	{ .name = NULL },
};
static const struct admin_arg id_args[] = {
	{ "id", ADMIN_STR, true, true, "The id that reports list shows." },
	{ .name = NULL },
};

const struct admin_command admin_report_commands[] = {
	{ "reports list", "Lists reports of abuse by users, the oldest first.", list_args,
	  run_list },
	{ "reports show",
	  "Shows a report with copies of the messages that it names, and the abuse addresses of the server of whom it is about.",
	  id_args, run_show },
	{ "reports resolve", "Takes a report out of the list.", id_args, run_resolve },
	{ .words = NULL },
};
