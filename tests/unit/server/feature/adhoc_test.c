/* SPDX-License-Identifier: Apache-2.0 */
/* feature/adhoc: sessions of commands, with a command of two stages. */
#include "server/feature/adhoc.h"

#include "server/feature/roster.h"
#include "server/route/adhoc.h"
#include "server/route/router.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

#include <stdio.h>

/* ---- a command that asks twice, and one that ends when the test says so ---- */

static struct adhoc *asked;

static void ask_dish(struct adhoc *x)
{
	asked = x;
	adhoc_form(x, STR("Supper"), STR("What?"));
	(void)adhoc_required(x, STR("dish"), STR("text-single"), STR_NONE);
	adhoc_ask(x);
}

static struct str check_dish(struct adhoc *x)
{
	return adhoc_value(x, STR("dish")).len ? STR_NONE : STR("nothing to eat");
}

static void ask_guests(struct adhoc *x)
{
	adhoc_form(x, STR("Supper"), adhoc_value(x, STR("dish")));
	(void)adhoc_field(x, STR("guests"), STR("text-multi"), STR_NONE);
	adhoc_ask(x);
}

static struct str check_guests(struct adhoc *x)
{
	(void)x;
	return STR_NONE;
}

static void run_supper(struct adhoc *x)
{
	const struct str *guests;
	size_t count = adhoc_values_of(x, STR("guests"), &guests);

	adhoc_done(x, arena_printf(x->arena, "%.*s for %zu", STR_ARG(adhoc_value(x, STR("dish"))),
				   count));
}

static void close_client(struct dispatch *d, void *arg)
{
	const struct adhoc *x = arg;

	feature_adhoc.on_close(d, resource_by_id(&d->entity->resources, x->resource));
}

/* Ends when the client that began it is gone. */
static void run_slow(struct adhoc *x)
{
	router_act(x->entity, close_client, x);
	adhoc_done(x, STR("late"));
}

static const struct adhoc_stage stages[] = { { ask_dish, check_dish },
					     { ask_guests, check_guests } };
static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("supper"),
	  .name = STR_INIT("Supper"),
	  .form_type = STR_INIT("urn:supper"),
	  .stages = stages,
	  .stage_count = 2,
	  .run = run_supper },
	{ .node = STR_INIT("slow"),
	  .name = STR_INIT("Slow"),
	  .form_type = STR_INIT("urn:supper"),
	  .run = run_slow },
	{ .node = { .ptr = NULL } },
};
static const struct feature feature_supper = { .name = "supper",
					       .spec = "XEP-0050 1.3.0",
					       .commands = commands };
static const struct feature *const features[] = { &feature_roster, &feature_adhoc, &feature_supper,
						  NULL };

/* ---- requests ---- */

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
	char answer[4096];
	char session[64];
};

static struct bed *bed_new(void)
{
	static struct bed b;

	b = (struct bed){ .route = route_bed_new(features, "") };
	route_bed_account(b.route, "romeo");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	return &b;
}

/* The answer to a request, which a job may bring: the loop runs until it is there. */
static const char *answer_to(struct bed *b, const char *request)
{
	bool is_never = false;
	const char *text;

	route_client_send(b->romeo, request);
	while (!(text = route_client_take(b->romeo)))
		loop_run_until(route_bed_home(b->route)->loop, &is_never, 10 * USEC_PER_MSEC);
	(void)snprintf(b->answer, sizeof(b->answer), "%s", text);
	return b->answer;
}

static void want(struct bed *b, const char *part)
{
	if (!strstr(b->answer, part))
		fail_msg("wanted %s in %s", part, b->answer);
}

static void keep_session(struct bed *b)
{
	const char *at = strstr(b->answer, "sessionid='");

	assert_non_null(at);
	at += strlen("sessionid='");
	(void)snprintf(b->session, sizeof(b->session), "%.*s", (int)strcspn(at, "'"), at);
}

static void begin(struct bed *b)
{
	(void)answer_to(b, "<iq type='set' id='1' to='localhost'><command "
			   "xmlns='http://jabber.org/protocol/commands' node='supper'/></iq>");
	keep_session(b);
}

static void go(struct bed *b, const char *action, const char *fields)
{
	char request[2048];

	(void)snprintf(request, sizeof(request),
		       "<iq type='set' id='1' to='localhost'><command "
		       "xmlns='http://jabber.org/protocol/commands' node='supper' sessionid='%s' "
		       "action='%s'>%s</command></iq>",
		       b->session, action, fields);
	(void)answer_to(b, request);
}

#define DISH(name)                                                                                 \
	"<x xmlns='jabber:x:data' type='submit'><field var='dish'><value>" name                    \
	"</value></field></x>"
#define GUESTS                                                                                     \
	"<x xmlns='jabber:x:data' type='cancel'><field var='guests'><value>a</value>"              \
	"<value>b</value></field></x>"

/* ---- tests ---- */

static void walks_through_the_stages(void **state)
{
	struct bed *b = bed_new();

	(void)state;
	begin(b);
	want(b, "<actions execute='next'><next/></actions>");
	go(b, "complete", DISH("soup")); /* not yet */
	want(b, "<bad-action ");
	go(b, "next", "");
	want(b, "<bad-payload ");
	want(b, "nothing to eat");
	go(b, "next", DISH("soup"));
	want(b, "<actions execute='complete'><prev/><complete/></actions>");
	want(b, "<instructions>soup</instructions>");
	go(b, "prev", "");
	want(b, "<actions execute='next'><next/></actions>");
	go(b, "next", DISH("fish"));
	want(b, "<instructions>fish</instructions>");
	go(b, "execute", GUESTS); /* XEP-0050 4.4.1: cancel counts as submit */
	want(b, "status='completed'");
	want(b, ">fish for 2</note>");
	go(b, "execute", GUESTS);
	want(b, "<session-expired ");
	route_bed_free(&b->route);
}

static void expires(void **state)
{
	struct bed *b = bed_new();

	(void)state;
	begin(b);
	asked->touched -= ADHOC_LIFETIME;
	go(b, "next", DISH("soup"));
	want(b, "<session-expired ");
	route_bed_free(&b->route);
}

static void bounds_the_sessions(void **state)
{
	struct bed *b = bed_new();
	char first[64];

	(void)state;
	begin(b);
	(void)snprintf(first, sizeof(first), "%s", b->session);
	for (int i = 0; i < ADHOC_SESSIONS_MAX; i++)
		begin(b);
	go(b, "next", DISH("soup"));
	want(b, "status='executing'");
	(void)snprintf(b->session, sizeof(b->session), "%s", first);
	go(b, "next", DISH("soup"));
	want(b, "<session-expired ");
	route_bed_free(&b->route);
}

static void outlives_its_session(void **state)
{
	struct bed *b = bed_new();

	(void)state;
	(void)answer_to(b, "<iq type='set' id='1' to='localhost'><command "
			   "xmlns='http://jabber.org/protocol/commands' node='slow'/></iq>");
	want(b, ">late</note>");
	begin(b);
	want(b, "status='executing'");
	route_bed_free(&b->route);
}

#define REQUEST                                                                                    \
	"<iq type='set' id='%d' to='localhost'><command "                                          \
	"xmlns='http://jabber.org/protocol/commands' node='supper' "                               \
	"sessionid='%s' action='%s'>%s</command></iq>"

static void refuses_a_request_on_a_busy_session(void **state)
{
	struct bed *b = bed_new();
	char one[512], two[512];

	(void)state;
	begin(b);
	(void)snprintf(one, sizeof(one), REQUEST, 1, b->session, "next", DISH("soup"));
	(void)snprintf(two, sizeof(two), REQUEST, 2, b->session, "cancel", "");
	route_client_send_two(b->romeo, one, two);
	route_client_expect_part(b->romeo, "<bad-action ");
	route_client_expect_part(b->romeo, "<actions execute='complete'>");
	route_bed_free(&b->route);
}

UNIT_TESTS(feature_adhoc, cmocka_unit_test(walks_through_the_stages), cmocka_unit_test(expires),
	   cmocka_unit_test(bounds_the_sessions), cmocka_unit_test(outlives_its_session),
	   cmocka_unit_test(refuses_a_request_on_a_busy_session));
