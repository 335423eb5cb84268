/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box by commands, see quiet_command.h. On the entity's loop. */
#include "server/feature/quiet_command.h"

#include "server/quiet/quiet_box.h"
#include "server/quiet/quiet_judge.h"
#include "server/quiet/quiet_list.h"
#include "server/route/adhoc.h"
#include "server/route/errand.h"
#include "xmpp/ns.h"

/* ---- answering who waits ---- */

static struct str describe(struct adhoc *x, const struct quiet_item *item)
{
	uint64_t messages = item->next - item->first + item->lost;

	return arena_printf(x->arena, "%.*s%s%s", STR_ARG(item->jid),
			    item->has_request ? ", asks to be a contact" : "",
			    messages ? arena_printf(x->arena, ", %llu message%s",
						    (unsigned long long)messages,
						    messages == 1 ? "" : "s")
					       .ptr
				     : "");
}

static void ask_whom(struct adhoc *x)
{
	const struct quiet_item **items;
	size_t count = quiet_sorted(x->entity, x->arena, &items);
	struct xml *field;

	if (!count) {
		adhoc_done(x, STR("Nobody waits in your quiet box."));
		return;
	}
	adhoc_form(x, STR("My quiet box"),
		   STR("These are strangers to you. They do not see that they wait here."));
	field = adhoc_required(x, STR("sender"), STR("list-single"), STR("Who"));
	for (size_t i = 0; i < count && i < FORM_FIELDS_MAX; i++)
		form_add_option(x->arena, field, arena_dup(x->arena, items[i]->jid),
				describe(x, items[i]));
	field = adhoc_required(x, STR("answer"), STR("list-single"), STR("What to do"));
	form_add_option(x->arena, field, STR("accept"), STR("Let in"));
	form_add_option(x->arena, field, STR("refuse"), STR("Refuse"));
	form_add_option(x->arena, field, STR("block"), STR("Refuse and block"));
	form_add_option(x->arena, field, STR("spam"), STR("Refuse, block and report as spam"));
	form_add_option(x->arena, field, STR("abuse"), STR("Refuse, block and report as abuse"));
	adhoc_ask(x);
}

static struct str check_whom(struct adhoc *x)
{
	static const struct str answers[] = { STR_INIT("accept"), STR_INIT("refuse"),
					      STR_INIT("block"), STR_INIT("spam"),
					      STR_INIT("abuse") };
	struct jid jid;

	if (jid_parse(x->arena, adhoc_value(x, STR("sender")), &jid))
		return STR("choose who is meant");
	for (size_t i = 0; i < array_len(answers); i++) {
		if (str_eq(adhoc_value(x, STR("answer")), answers[i]))
			return STR_NONE;
	}
	return STR("choose what to do");
}

/* While the answer is carried out; in the arena of x. */
struct answering {
	struct adhoc *x;
	struct str note; /* why it was not */
};

static struct xml *report_new(struct arena *a, struct str answer)
{
	struct xml *report = xml_new(a, NS_REPORTING, STR("report"));

	if (str_eq(answer, STR("block")))
		return NULL;
	xml_set(a, report, STR("reason"), ARENA_JOIN(a, STR("urn:xmpp:reporting:"), answer));
	return report;
}

static void act_answer(struct dispatch *d, void *arg)
{
	struct answering *answering = arg;
	struct adhoc *x = answering->x;
	struct str answer = adhoc_value(x, STR("answer"));
	struct quiet_item *item;
	struct jid jid;

	must(jid_parse(d->arena, adhoc_value(x, STR("sender")), &jid) == OK); /* it was checked */
	item = quiet_find(d->entity->quiet, jid_bare_str(jid));
	if (!item || item->state != QUIET_WAITING)
		answering->note = STR("Nobody of this address waits any more.");
	else if (str_eq(answer, STR("accept")))
		quiet_accept(d, item, CONSENT_ALL);
	else if (str_eq(answer, STR("refuse")))
		quiet_refuse(d, item);
	else if (quiet_may_block(d, item))
		quiet_block(d, item, report_new(d->arena, answer));
	else
		answering->note = STR("No more addresses can be blocked.");
}

static void answered(void *arg, enum err err)
{
	struct answering *answering = arg;

	if (err)
		adhoc_failed_err(answering->x, err);
	else if (answering->note.len)
		adhoc_failed(answering->x, answering->note);
	else
		adhoc_done(answering->x, STR_NONE);
}

static void run_answer(struct adhoc *x)
{
	struct answering *answering = arena_new(x->arena, struct answering);

	answering->x = x;
	errand_run(x->home, x->entity->jid.full, act_answer, answered, answering);
}

/* ---- the switch ---- */

static void ask_switch(struct adhoc *x)
{
	adhoc_form(x, STR("Quiet box"),
		   STR("What strangers send waits without a sound until you have looked at it."));
	form_add_value(x->arena,
		       adhoc_required(x, STR("on"), STR("boolean"), STR("I want a quiet box")),
		       quiet_is_on(x->entity) ? STR("true") : STR("false"));
	adhoc_ask(x);
}

static struct str check_switch(struct adhoc *x)
{
	return adhoc_value(x, STR("on")).len ? STR_NONE : STR("choose on or off");
}

static void act_switch(struct dispatch *d, void *arg)
{
	const struct adhoc *x = arg;

	quiet_switch(d, adhoc_bool(x, STR("on"), false));
}

static void switched(void *arg, enum err err)
{
	if (err)
		adhoc_failed_err(arg, err);
	else
		adhoc_done(arg, STR_NONE);
}

static void run_switch(struct adhoc *x)
{
	errand_run(x->home, x->entity->jid.full, act_switch, switched, x);
}

/* ---- the tables ---- */

static const struct adhoc_stage whom[] = { { ask_whom, check_whom } };
static const struct adhoc_stage on_or_off[] = { { ask_switch, check_switch } };

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:parley:quiet:0#box"),
	  .name = STR_INIT("My quiet box: strangers who wait"),
	  .form_type = STR_INIT("urn:parley:quiet:0"),
	  .stages = whom,
	  .stage_count = array_len(whom),
	  .run = run_answer },
	{ .node = STR_INIT("urn:parley:quiet:0#settings"),
	  .name = STR_INIT("Quiet box on or off"),
	  .form_type = STR_INIT("urn:parley:quiet:0"),
	  .stages = on_or_off,
	  .stage_count = array_len(on_or_off),
	  .run = run_switch },
	{ .node = { .ptr = NULL } },
};

const struct feature feature_quiet_command = {
	.name = "quiet_command",
	.spec = "XEP-0050 1.3.0",
	.test = "quiet/command.talk",
	.commands = commands,
};
