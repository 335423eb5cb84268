/* SPDX-License-Identifier: Apache-2.0 */
/* Restart and shutdown (XEP-0133 4.30, 4.31), see end_commands.h: everybody who is online may be
 * told, then the server ends after a while. A restart is an end that whoever watches over the
 * server is asked to follow with a start (docs/operations.md). On the loop of the administrator's
 * entity. */
#include "server/feature/end_commands.h"

#include "server/route/adhoc.h"
#include "server/route/notice.h"

/* Seconds; the first one is offered by itself. */
static const struct {
	int64_t seconds;
	struct str value, label;
} delays[] = {
	{ 30, STR_INIT("30"), STR_INIT("30 seconds") },
	{ 60, STR_INIT("60"), STR_INIT("60 seconds") },
	{ 90, STR_INIT("90"), STR_INIT("90 seconds") },
	{ 120, STR_INIT("120"), STR_INIT("2 minutes") },
	{ 180, STR_INIT("180"), STR_INIT("3 minutes") },
	{ 240, STR_INIT("240"), STR_INIT("4 minutes") },
	{ 300, STR_INIT("300"), STR_INIT("5 minutes") },
	{ 0, STR_INIT("0"), STR_INIT("at once") },
};

static const struct str DELAY = STR_INIT("delay"), TEXT = STR_INIT("announcement");

static bool is_restart(const struct adhoc *x)
{
	return str_eq(x->command->node, STR(ADHOC_ADMIN_FORMS "#restart"));
}

static void ask(struct adhoc *x)
{
	struct xml *field;

	if (is_restart(x))
		adhoc_form(x, STR("Restarting the Service"),
			   STR("Fill out this form to restart the service."));
	else
		adhoc_form(x, STR("Shutting Down the Service"),
			   STR("Fill out this form to shut down the service."));
	field = adhoc_required(x, DELAY, STR("list-single"),
			       is_restart(x) ? STR("Time delay before restarting")
					     : STR("Time delay before shutting down"));
	form_add_value(x->arena, field, delays[0].value);
	for (size_t i = 0; i < array_len(delays); i++)
		form_add_option(x->arena, field, delays[i].value, delays[i].label);
	(void)adhoc_field(x, TEXT, STR("text-multi"), STR("Announcement"));
	adhoc_ask(x);
}

/* -1: none of those that are offered. */
static int64_t delay_of(const struct adhoc *x)
{
	struct str value = adhoc_value(x, DELAY);

	for (size_t i = 0; i < array_len(delays); i++) {
		if (str_eq(value, delays[i].value))
			return delays[i].seconds;
	}
	return -1;
}

static struct str check(struct adhoc *x)
{
	if (delay_of(x) < 0)
		return STR("the delay is none of those that are offered");
	return notice_text(x, TEXT).len > NOTICE_MAX ? STR("the text is too long") : STR_NONE;
}

/* The answer goes first: it is on its way before the server's own loop reads the letter. */
static void end(struct adhoc *x)
{
	struct home_ending ending = x->home->ending;
	usec_t delay = delay_of(x) * USEC_PER_SEC;
	bool wants_restart = is_restart(x);

	log_info(&x->entity->log, "administrator ends the server", F_BOOL("restart", wants_restart),
		 F_INT("seconds", delay / USEC_PER_SEC));
	adhoc_done(x, STR_NONE);
	ending.ask(ending.owner, delay, wants_restart);
}

static void on_told(void *arg, uint64_t reached)
{
	(void)reached;
	end(arg);
}

static void run(struct adhoc *x)
{
	struct notice *n = arena_new(x->arena, struct notice);

	*n = (struct notice){ .type = STR("headline"),
			      .subject = STR("Announcement"),
			      .text = notice_text(x, TEXT) };
	if (!x->home->ending.ask)
		adhoc_failed(x, STR("Nothing ends this server but a signal."));
	else if (n->text.len)
		notice_to_online(x->home, n, on_told, x);
	else
		end(x);
}

/* ---- the table ---- */

static const struct adhoc_stage stage[] = { { ask, check } };

static const struct adhoc_command commands[] = {
	ADHOC_ADMIN_ROW("restart", "Restart Service", stage, run),
	ADHOC_ADMIN_ROW("shutdown", "Shut Down Service", stage, run),
	{ .node = { .ptr = NULL } },
};

const struct feature feature_end_commands = {
	.name = "end_commands",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-end.talk",
	.commands = commands,
};
