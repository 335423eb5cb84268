/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is, for administrators at their clients (XEP-0133 4.10, 4.13 to 4.20): numbers and
 * lists of the registered, disabled and online accounts, and figures of one account. "Active" and
 * "idle" mean nothing that the server could know, and are left out. */
#include "server/feature/count_commands.h"

#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/route/adhoc.h"
#include "server/route/census.h"
#include "server/route/errand.h"

enum {
	LIST_MAX = 10000, /* addresses in one answer */
	PAGE = 500,       /* accounts read at a time */
};

struct count {
	struct adhoc *x;
	bool is_disabled; /* only those */
	uint64_t number;
	uint64_t max;      /* of a list; 0: only the number is asked */
	struct xml *field; /* of a list */
	struct str var;
};

static struct count *count_new(struct adhoc *x, struct str var)
{
	struct count *c = arena_new(x->arena, struct count);

	c->x = x;
	c->var = var;
	adhoc_result(x);
	return c;
}

static void take(struct count *c, struct str jid)
{
	if (c->max && c->number < c->max)
		form_add_value(c->x->arena, c->field, arena_dup(c->x->arena, jid));
	c->number++;
}

static void finish(struct count *c)
{
	struct arena *a = c->x->arena;

	if (!c->max)
		form_add_field(a, c->x->form, c->var, STR("text-single"),
			       arena_printf(a, "%llu", (unsigned long long)c->number));
	adhoc_done(c->x, c->max && c->number > c->max
				 ? arena_printf(a, "There are more than these %llu.",
						(unsigned long long)c->max)
				 : STR_NONE);
}

/* ---- accounts ---- */

static void read_page(struct count *c, struct str after);

static void on_page(void *arg, struct store_answer *answer)
{
	struct count *c = arg;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		adhoc_failed_err(c->x, answer->err);
		return;
	}
	for (unsigned i = 0; i < answer->account_count; i++) {
		if (!c->is_disabled || answer->accounts[i].is_disabled)
			take(c, answer->accounts[i].owner);
	}
	if (answer->has_more && answer->account_count && !(c->max && c->number > c->max))
		read_page(c, answer->accounts[answer->account_count - 1].owner);
	else
		finish(c);
}

static void read_page(struct count *c, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS, .after_key = after, .max = PAGE };

	store_read(c->x->home->store, &request, on_page, c);
}

static void on_stats(void *arg, struct store_answer *answer)
{
	struct count *c = arg;

	if (answer->err) {
		adhoc_failed_err(c->x, answer->err);
		return;
	}
	c->number = answer->stats.accounts;
	finish(c);
}

static void run_registered_num(struct adhoc *x)
{
	struct store_request request = { .kind = READ_STATS };

	store_read(x->home->store, &request, on_stats, count_new(x, STR("registeredusersnum")));
}

static void run_disabled_num(struct adhoc *x)
{
	struct count *c = count_new(x, STR("disabledusersnum"));

	c->is_disabled = true;
	read_page(c, STR_NONE);
}

/* ---- who is online ---- */

static void visit(struct entity *e, void *arg)
{
	if (e->resources.count)
		take(arg, e->jid.full);
}

static void on_visited(void *arg)
{
	finish(arg);
}

static void run_online_num(struct adhoc *x)
{
	census_take(x->home, visit, on_visited, count_new(x, STR("onlineusersnum")));
}

/* ---- lists ---- */

static void ask_max(struct adhoc *x)
{
	static const struct str choices[] = { STR_INIT("25"),  STR_INIT("50"),  STR_INIT("75"),
					      STR_INIT("100"), STR_INIT("150"), STR_INIT("200"),
					      STR_INIT("none") };
	struct xml *field;

	adhoc_form(x, x->command->name, STR("How many are shown at most?"));
	field = adhoc_field(x, STR("max_items"), STR("list-single"), STR("Number"));
	form_add_value(x->arena, field, choices[0]);
	for (size_t i = 0; i < array_len(choices); i++)
		form_add_option(x->arena, field, choices[i],
				str_eq(choices[i], STR("none")) ? STR("No limit") : choices[i]);
}

static void ask_list(struct adhoc *x)
{
	ask_max(x);
	adhoc_ask(x);
}

static bool read_max(const struct adhoc *x, uint64_t *ret_max)
{
	struct str text = adhoc_value(x, STR("max_items"));
	uint64_t max = LIST_MAX;

	if (text.len && !str_eq(text, STR("none")) && (str_to_u64(text, &max) || max == 0))
		return false;
	*ret_max = max < LIST_MAX ? max : LIST_MAX;
	return true;
}

static struct str check_list(struct adhoc *x)
{
	uint64_t max;

	return read_max(x, &max) ? STR_NONE : STR("this is not a number");
}

static struct count *list_new(struct adhoc *x, struct str var)
{
	struct count *c = count_new(x, var);

	must(read_max(x, &c->max));
	c->field = adhoc_field(x, var, STR("jid-multi"), STR_NONE);
	return c;
}

static void run_registered_list(struct adhoc *x)
{
	read_page(list_new(x, STR("registereduserjids")), STR_NONE);
}

static void run_disabled_list(struct adhoc *x)
{
	struct count *c = list_new(x, STR("disableduserjids"));

	c->is_disabled = true;
	read_page(c, STR_NONE);
}

static void run_online_list(struct adhoc *x)
{
	census_take(x->home, visit, on_visited, list_new(x, STR("onlineuserjids")));
}

/* ---- one account (XEP-0133 4.10) ---- */

struct figures {
	struct adhoc *x;
	size_t roster, resources;
};

static void count_account(struct dispatch *d, void *arg)
{
	struct figures *f = arg;

	f->roster = d->entity->roster ? d->entity->roster->listed : 0;
	f->resources = d->entity->resources.count;
}

static void on_counted(void *arg, enum err err)
{
	struct figures *f = arg;
	struct adhoc *x = f->x;

	if (err == ERR_NOT_FOUND) {
		adhoc_failed(x, STR("there is no such account"));
		return;
	}
	if (err) {
		adhoc_failed_err(x, err);
		return;
	}
	adhoc_result(x);
	form_add_field(x->arena, x->form, STR("rostersize"), STR("text-single"),
		       arena_printf(x->arena, "%zu", f->roster));
	form_add_field(x->arena, x->form, STR("onlineresources"), STR("text-single"),
		       arena_printf(x->arena, "%zu", f->resources));
	adhoc_done(x, STR_NONE);
}

static enum err read_account(const struct adhoc *x, struct str *ret_owner)
{
	return account_owner_parse(x->arena, adhoc_value(x, STR("accountjid")), x->home->domain,
				   ret_owner);
}

static void ask_account(struct adhoc *x)
{
	adhoc_form(x, STR("Figures of an account"), STR("Fill in the address of the account."));
	(void)adhoc_required(x, STR("accountjid"), STR("jid-single"),
			     STR("Address of the account"));
	adhoc_ask(x);
}

static struct str check_account(struct adhoc *x)
{
	struct str owner;

	return read_account(x, &owner) ? STR("this cannot be the address of an account here")
				       : STR_NONE;
}

static void run_figures(struct adhoc *x)
{
	struct figures *f = arena_new(x->arena, struct figures);
	struct str owner;

	must(read_account(x, &owner) == OK); /* it was checked */
	f->x = x;
	errand_run(x->home, owner, count_account, on_counted, f);
}

/* ---- the table ---- */

#define ADMIN_FORM STR_INIT("http://jabber.org/protocol/admin")
#define ADMIN(node_name, words)                                                                    \
	.node = STR_INIT("http://jabber.org/protocol/admin#" node_name), .name = STR_INIT(words),  \
	.who = ADHOC_ADMIN, .form_type = ADMIN_FORM

static const struct adhoc_stage list_stage[] = { { ask_list, check_list } };
static const struct adhoc_stage account_stage[] = { { ask_account, check_account } };

static const struct adhoc_command commands[] = {
	{ ADMIN("user-stats", "Figures of an account"), .stages = account_stage, .stage_count = 1,
	  .run = run_figures },
	{ ADMIN("get-registered-users-num", "Number of accounts"), .run = run_registered_num },
	{ ADMIN("get-disabled-users-num", "Number of disabled accounts"), .run = run_disabled_num },
	{ ADMIN("get-online-users-num", "Number of users online"), .run = run_online_num },
	{ ADMIN("get-registered-users-list", "List of accounts"), .stages = list_stage,
	  .stage_count = 1, .run = run_registered_list },
	{ ADMIN("get-disabled-users-list", "List of disabled accounts"), .stages = list_stage,
	  .stage_count = 1, .run = run_disabled_list },
	{ ADMIN("get-online-users-list", "List of users online"), .stages = list_stage,
	  .stage_count = 1, .run = run_online_list },
	{ .node = { .ptr = NULL } },
};

const struct feature feature_count_commands = {
	.name = "count_commands",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-counts.talk",
	.commands = commands,
};
