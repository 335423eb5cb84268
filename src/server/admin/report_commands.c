/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse: reports list, reports resolve. */
#include "server/admin/report_commands.h"

#include "server/model/abuse.h"
#include "server/route/home.h"
#include "server/route/post.h"
#include "server/store/store.h"
#include "xml/build.h"
#include "xmpp/ns.h"

enum { LIST_MAX = 1000 /* reports in one answer */, PARSE_MAX = 256 * KIB };

/* ---- list ---- */

static void describe_ids(json_t *row, const struct xml *report)
{
	json_t *ids = json_array();

	xml_each (el, report) {
		if (xml_is(el, NS_SID, STR("stanza-id")))
			json_array_append_new(ids, admin_json_str(xml_attr(el, STR("id"))));
	}
	json_object_set_new(row, "messages", ids);
}

static json_t *describe(const struct keyval_row *kept, const struct abuse *r, usec_t wall)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *report = NULL;
	json_t *row = json_object();

	arena_init(&a, PARSE_MAX);
	json_object_set_new(row, "id", admin_json_str(kept->key));
	json_object_set_new(row, "time", admin_json_time(wall));
	json_object_set_new(row, "about", admin_json_str(r->about));
	json_object_set_new(row, "by", admin_json_str(r->by));
	if (xml_parse(&a, arena_dup(&a, r->markup), &post_alone_scope, &post_limits, &report) ==
	    XML_FAULT_NONE) {
		const struct xml *text = xml_child(report, NS_REPORTING, STR("text"));

		json_object_set_new(row, "reason", admin_json_str(xml_attr(report, STR("reason"))));
		json_object_set_new(row, "text",
				    admin_json_str(text ? xml_text(text, &a) : STR("")));
		describe_ids(row, report);
	}
	return row;
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	json_t *rows;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		admin_fail_err(call, answer->err, STR("reports"));
		return;
	}
	rows = json_array();
	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct abuse r;
		usec_t wall;

		if (!abuse_key_read(row->key, &wall) && !abuse_decode(&r, row->value))
			json_array_append_new(rows, describe(row, &r, wall));
	}
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	struct home *h = call->config->home;
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ABUSE_SPACE,
					 .after_key = admin_arg_str(call, "after"),
					 .max = LIST_MAX };

	if (!h) {
		admin_fail(call, "unsupported", "there are no reports here");
		return;
	}
	request.owner = h->domain;
	store_read(h->store, &request, on_rows, call);
}

/* ---- resolve ---- */

static void on_gone(struct txn *t)
{
	struct admin_call *call = t->arg;
	enum err err = t->err;
	json_t *result;

	txn_free(&t);
	if (err) {
		admin_fail_err(call, err, STR("report"));
		return;
	}
	result = json_object();
	json_object_set_new(result, "id", admin_json_str(admin_arg_str(call, "id")));
	json_object_set_new(result, "done", json_string("resolved"));
	admin_reply(call, result);
}

static void on_found(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	struct home *h = call->config->home;
	struct txn *t;

	if (answer->err || !answer->rows) {
		if (!answer->err || answer->err == ERR_NOT_FOUND)
			admin_fail(call, "not-found", "no report has this id");
		else
			admin_fail_err(call, answer->err, STR("report"));
		return;
	}
	t = txn_new();
	t->done = on_gone;
	t->arg = call;
	txn_delete(t, h->domain, ABUSE_SPACE, admin_arg_str(call, "id"));
	store_commit(h->store, t);
}

static void run_resolve(struct admin_call *call)
{
	struct home *h = call->config->home;
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ABUSE_SPACE,
					 .key = admin_arg_str(call, "id") };

	if (!h) {
		admin_fail(call, "unsupported", "there are no reports here");
		return;
	}
	request.owner = h->domain;
	store_read(h->store, &request, on_found, call);
}

/* ---- the table ---- */

static const struct admin_arg list_args[] = {
	{ "after", ADMIN_STR, false, true, "Only those behind the report of this id." },
	{ .name = NULL },
};
static const struct admin_arg resolve_args[] = {
	{ "id", ADMIN_STR, true, true, "The id that reports list shows." },
	{ .name = NULL },
};

const struct admin_command admin_report_commands[] = {
	{ "reports list", "Lists reports of abuse by users, the oldest first.", list_args,
	  run_list },
	{ "reports resolve", "Takes a report out of the list.", resolve_args, run_resolve },
	{ .words = NULL },
};
