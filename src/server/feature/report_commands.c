/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse (XEP-0377) by commands, in the manner of XEP-0133: which there are, what one
 * says, and the end of some. On the loop of the administrator's entity. */
#include "server/feature/report_commands.h"

#include "server/route/abuse_book.h"
#include "server/route/abuse_contact.h"
#include "server/route/adhoc.h"
#include "server/route/feature.h"
#include "xmpp/datetime.h"

static const struct conf_key report_keys[] = {
	{ "reports.to_origin", CONF_BOOL, "false", 0, 0,
	  "Whether reports of abuse go on to the domain of whom they are about, where the reporter "
	  "allows it (XEP-0377)." },
	{ "reports.to", CONF_LIST, "[ ]", 0, 0,
	  "Addresses that get reports of abuse whose reporters allow to tell others." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Reports of abuse", .keys = report_keys };

enum {
	LISTED_MAX = FORM_FIELDS_MAX, /* reports that one form offers, the oldest */
	ONE_MAX = 256 * 1024,         /* bytes of a report that is read */
};

/* ---- which there are ---- */

static void add_option(struct adhoc *x, struct xml *field, const struct keyval_row *row)
{
	struct arena a scoped(arena_done) = { 0 };
	struct abuse_view v;
	struct str when;

	arena_init(&a, ONE_MAX);
	if (abuse_view_read(&a, row, &v))
		return;
	when = datetime_format(&a, v.wall);
	form_add_option(x->arena, field, arena_dup(x->arena, v.key),
			arena_printf(x->arena, "%.*s: %.*s, %.*s", 19, when.ptr, STR_ARG(v.about),
				     STR_ARG(v.reason)));
}

static bool shows_one(const struct adhoc *x);

static void on_list(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;
	struct xml *field;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		adhoc_failed_err(x, answer->err);
		return;
	}
	if (!answer->rows) {
		adhoc_done(x, STR("No reports wait."));
		return;
	}
	adhoc_form(x, x->command->name,
		   answer->has_more ? STR("The oldest ones; there are more.") : STR_NONE);
	field = shows_one(x) ? adhoc_required(x, STR("report"), STR("list-single"), STR("Report"))
			     : adhoc_required(x, STR("reports"), STR("list-multi"), STR("Reports"));
	for (const struct keyval_row *row = answer->rows; row; row = row->next)
		add_option(x, field, row);
	adhoc_ask(x);
}

static void ask(struct adhoc *x)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = x->home->domain,
					 .space = ABUSE_SPACE,
					 .max = LISTED_MAX };

	store_read(x->home->store, &request, on_list, x);
}

/* ---- one of them ---- */

static void add_copies(struct adhoc *x, const struct store_answer *answer)
{
	struct xml *field = form_add(x->arena, x->form, STR("messages"), STR("text-multi"),
				     STR("Copies of messages"));

	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct str stanza;
		usec_t wall;

		if (abuse_copy_decode(row->value, &wall, &stanza) == OK)
			form_add_value(x->arena, field,
				       ARENA_JOIN(x->arena, datetime_format(x->arena, wall),
						  STR(" "), stanza));
	}
}

static void on_contacts(void *arg, const struct str *addresses, size_t count)
{
	struct adhoc *x = arg;
	struct xml *field = form_add(x->arena, x->form, STR("contacts"), STR("text-multi"),
				     STR("Abuse addresses of that server"));

	for (size_t i = 0; i < count; i++)
		form_add_value(x->arena, field, arena_dup(x->arena, addresses[i]));
	if (arena_is_over(x->arena))
		adhoc_failed_err(x, ERR_TOO_BIG);
	else
		adhoc_done(x, STR_NONE);
}

static void on_copies(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;

	add_copies(x, answer);
	abuse_contact_ask(x->home, form_value(x->form, STR("about"), x->arena), on_contacts, x);
}

static void add(struct adhoc *x, const char *var, const char *type, struct str value)
{
	form_add_field(x->arena, x->form, str_from(var), str_from(type),
		       arena_dup(x->arena, value));
}

static void show(struct adhoc *x, const struct abuse_view *v)
{
	struct xml *ids;

	adhoc_result(x);
	add(x, "report", "text-single", v->key);
	add(x, "time", "text-single", datetime_format(x->arena, v->wall));
	add(x, "about", "jid-single", v->about);
	add(x, "by", "jid-single", v->by);
	add(x, "reason", "text-single", v->reason);
	add(x, "text", "text-single", v->text);
	add(x, "report-origin", "boolean", v->may_go_to_origin ? STR("true") : STR("false"));
	add(x, "third-party", "boolean", v->may_go_on ? STR("true") : STR("false"));
	ids = form_add(x->arena, x->form, STR("ids"), STR("text-multi"), STR_NONE);
	for (unsigned i = 0; i < v->id_count; i++)
		form_add_value(x->arena, ids, arena_dup(x->arena, v->ids[i]));
}

static void fail(struct adhoc *x, enum err err)
{
	if (err == ERR_NOT_FOUND)
		adhoc_failed(x, STR("there is no such report (any more)"));
	else
		adhoc_failed_err(x, err);
}

static void on_one(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;
	struct abuse_view v;
	enum err err = answer->err;

	if (!err)
		err = answer->rows ? abuse_view_read(x->arena, answer->rows, &v) : ERR_NOT_FOUND;
	if (err) {
		fail(x, err);
		return;
	}
	show(x, &v);
	abuse_read_copies(x->home, v.key, on_copies, x);
}

static void run_show(struct adhoc *x)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = x->home->domain,
					 .space = ABUSE_SPACE,
					 .key = adhoc_value(x, STR("report")) };

	log_info(&x->entity->log, "administrator reads a report of abuse",
		 F_STR("report", request.key));
	store_read(x->home->store, &request, on_one, x);
}

static struct str check_show(struct adhoc *x)
{
	return adhoc_value(x, STR("report")).len ? STR_NONE : STR("choose a report");
}

static bool shows_one(const struct adhoc *x)
{
	return x->command->run == run_show;
}

/* ---- the end of some ---- */

struct resolving {
	struct adhoc *x;
	const struct str *keys;
	size_t count, next;
};

static void resolve_next(struct resolving *r);

/* One that another administrator has resolved meanwhile is fine. */
static void on_resolved(void *arg, enum err err)
{
	struct resolving *r = arg;

	if (err && err != ERR_NOT_FOUND)
		adhoc_failed_err(r->x, err);
	else
		resolve_next(r);
}

static void resolve_next(struct resolving *r)
{
	if (r->next < r->count)
		abuse_resolve(r->x->home, str_trim(r->keys[r->next++]), on_resolved, r);
	else
		adhoc_done(r->x, STR_NONE);
}

static void run_resolve(struct adhoc *x)
{
	struct resolving *r = arena_new(x->arena, struct resolving);

	r->x = x;
	r->count = adhoc_values_of(x, STR("reports"), &r->keys);
	log_info(&x->entity->log, "administrator resolves reports of abuse",
		 F_INT("reports", (int64_t)r->count));
	resolve_next(r);
}

static struct str check_resolve(struct adhoc *x)
{
	const struct str *keys = NULL;
	size_t count = adhoc_values_of(x, STR("reports"), &keys);

	if (!count)
		return STR("choose a report");
	return count > LISTED_MAX ? STR("too many at a time") : STR_NONE;
}

/* ---- the table ---- */

static const struct adhoc_stage show_stage[] = { { ask, check_show } };
static const struct adhoc_stage resolve_stage[] = { { ask, check_resolve } };

#define ROW(word, words, stage, do)                                                                \
	{                                                                                          \
		.node = STR_INIT("urn:parley:reports:0#" word), .name = STR_INIT(words),           \
		.who = ADHOC_ADMIN, .form_type = STR_INIT("urn:parley:reports:0"),                 \
		.stages = stage, .stage_count = array_len(stage), .run = do,                       \
	}

static const struct adhoc_command commands[] = {
	ROW("show", "Reports of abuse", show_stage, run_show),
	ROW("resolve", "Resolve reports of abuse", resolve_stage, run_resolve),
	{ .node = { .ptr = NULL } },
};

static enum verdict on_answer(struct dispatch *d)
{
	return abuse_contact_answer(d) ? DONE : PASS;
}

static void on_farewell(struct dispatch *d)
{
	abuse_contact_stop(d->home);
}

const struct feature feature_report_commands = {
	.name = "report_commands",
	.spec = "XEP-0133 1.3.1, XEP-0377 0.4.1",
	.on_answer = on_answer,
	.on_farewell = on_farewell,
	.test = "im/reports.talk, component/reports.talk",
	.conf = &table,
	.commands = commands,
};
