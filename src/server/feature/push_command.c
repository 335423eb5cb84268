/* SPDX-License-Identifier: Apache-2.0 */
/* Pushes for the user to see, see push_command.h. On the entity's loop. */
#include "server/feature/push_command.h"

#include "server/push/push_list.h"
#include "server/route/adhoc.h"
#include "xmpp/datetime.h"

static struct str time_of(struct arena *a, usec_t wall)
{
	return wall ? datetime_format(a, wall) : STR("never");
}

static struct str state_of(const struct push_view *v)
{
	if (v->is_disabled)
		return STR("disabled");
	return v->failures ? STR("failing") : STR("enabled");
}

static void add_view(struct adhoc *x, const struct push_view *v, size_t number)
{
	struct arena *a = x->arena;
	struct str var = arena_printf(a, "push-%zu", number), last = time_of(a, v->wall_pushed);
	struct str answered = time_of(a, v->wall_answered);
	struct xml *field = form_add(a, x->form, var, STR("text-multi"), arena_dup(a, v->device));

	form_add_value(a, field, ARENA_JOIN(a, STR("to: "), v->service));
	if (v->room.len)
		form_add_value(a, field, ARENA_JOIN(a, STR("for the room: "), v->room));
	form_add_value(a, field, ARENA_JOIN(a, STR("state: "), state_of(v)));
	form_add_value(a, field, ARENA_JOIN(a, STR("last push: "), last));
	form_add_value(a, field, ARENA_JOIN(a, STR("last answer: "), answered));
	if (v->answer.len)
		form_add_value(a, field, ARENA_JOIN(a, STR("it said: "), v->answer));
}

static void run(struct adhoc *x)
{
	struct push_view views[PUSH_LINES_MAX];
	size_t count = push_views(x->entity, views);

	adhoc_result(x);
	for (size_t i = 0; i < count; i++)
		add_view(x, &views[i], i + 1);
	adhoc_done(x, count ? STR_NONE : STR("No device of yours has enabled push notifications."));
}

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:parley:push:0#list"),
	  .name = STR_INIT("Push notifications of my devices"),
	  .form_type = STR_INIT("urn:parley:push:0"),
	  .run = run },
	{ .node = { .ptr = NULL } },
};

const struct feature feature_push_command = {
	.name = "push_command",
	.spec = "XEP-0050 1.3.0",
	.test = "push/list.talk",
	.commands = commands,
};
