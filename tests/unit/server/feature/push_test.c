/* SPDX-License-Identifier: Apache-2.0 */
/* feature/push and server/push: what waits, what is dropped, and the bounds. The app server is a
 * client of Juliet's. */
#include "server/feature/push.h"

#include "server/feature/archive.h"
#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/push/push.h"
#include "server/route/router.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = { &feature_roster,  &feature_presence,
						  &feature_archive, &feature_message,
						  &feature_push,    NULL };

#define APP "juliet@localhost/app"

struct bed {
	struct route_bed *route;
	struct route_client *phone, *app, *nurse;
	char id[64]; /* of the last notification */
	int number;  /* of the next registration at a room */
};

static struct bed *bed_new(const char *conf)
{
	static struct bed b;

	b = (struct bed){ .route = route_bed_new(features, conf) };
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "nurse");
	b.phone = route_bed_client(b.route, "romeo", "phone");
	b.app = route_bed_client(b.route, "juliet", "app");
	b.nurse = route_bed_client(b.route, "nurse", "kitchen");
	return &b;
}

static void enable(struct bed *b, const char *node)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' jid='" APP
		       "' node='%s'/></iq>",
		       node);
	route_client_send(b->phone, text);
	route_client_expect_part(b->phone, "<iq type='result' ");
}

static void say(struct bed *b, const char *id)
{
	char text[256];

	(void)snprintf(
		text, sizeof(text),
		"<message to='romeo@localhost' type='chat' id='%s'><body>Sir</body></message>", id);
	route_client_send(b->nurse, text);
}

/* Takes a notification with this count of messages. */
static void notified(struct bed *b, const char *count)
{
	const char *text = route_client_take(b->app), *id;
	char part[64];

	assert_non_null(text);
	(void)snprintf(part, sizeof(part), "'message-count' type='text-single'><value>%s<", count);
	assert_non_null(strstr(text, part));
	id = strstr(text, " id='push-");
	assert_non_null(id);
	(void)snprintf(b->id, sizeof(b->id), "%.*s", (int)strcspn(id + 5, "'"), id + 5);
}

static void answer(struct bed *b, const char *type, const char *inside)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "<iq to='romeo@localhost' type='%s' id='%s'>%s</iq>",
		       type, b->id, inside);
	route_client_send(b->app, text);
}

static struct push *push_of_romeo(struct bed *b)
{
	struct entity *e = route_bed_entity(b->route, "romeo");

	assert_non_null(e);
	assert_non_null(e->push);
	return e->push;
}

static struct push_line *line_of_romeo(struct bed *b)
{
	return list_entry(push_of_romeo(b)->lines.next, struct push_line, link);
}

static void one_notification_in_an_interval(void **state)
{
	struct bed *b = bed_new("push = { interval = \"1h\"; grace = \"0s\"; };");

	(void)state;
	enable(b, "n");
	route_client_close(b->phone);
	say(b, "m1");
	notified(b, "1");
	answer(b, "result", "");
	say(b, "m2");
	say(b, "m3");
	route_client_expect_nothing(b->app);
	assert_int_equal(line_of_romeo(b)->due_count, 1);
	/* A call goes at once. */
	route_client_send(b->nurse, "<message to='romeo@localhost' type='chat' id='c'><propose "
				    "xmlns='urn:xmpp:jingle-message:0' id='c1'/></message>");
	notified(b, "3");
	route_client_expect_nothing(b->app);
	route_bed_free(&b->route);
}

/* XEP-0333 and an answer: it was read on another device, nothing is left to tell. */
static void what_was_read_is_dropped(void **state)
{
	struct bed *b = bed_new("push = { interval = \"1h\"; grace = \"1h\"; };");
	struct route_client *desk = route_bed_client(b->route, "romeo", "desk");
	struct entity *e;

	(void)state;
	enable(b, "n");
	route_client_send(desk, "<presence/>");
	route_client_close(b->phone);
	say(b, "m1");
	say(b, "m2");
	e = push_of_romeo(b)->entity;
	assert_int_equal(line_of_romeo(b)->due_count, 1);
	assert_int_equal(line_of_romeo(b)->unseen, 2);
	route_client_send(desk, "<message to='nurse@localhost' type='chat'><displayed "
				"xmlns='urn:xmpp:chat-markers:0' id='m1'/></message>");
	assert_int_equal(line_of_romeo(b)->due_count, 1); /* m2 is newer */
	route_client_send(desk,
			  "<message to='juliet@localhost' type='chat'><body>!</body></message>");
	assert_int_equal(line_of_romeo(b)->due_count, 1); /* another conversation */
	route_client_send(desk, "<message to='nurse@localhost' type='chat'><displayed "
				"xmlns='urn:xmpp:chat-markers:0' id='m2'/></message>");
	assert_int_equal(line_of_romeo(b)->due_count, 0);
	assert_int_equal(line_of_romeo(b)->unseen, 0);
	say(b, "m3");
	assert_int_equal(line_of_romeo(b)->due_count, 1);
	push_on_read(e, STR("nurse@localhost"), e->last_seq - 1, STR_NONE);
	assert_int_equal(line_of_romeo(b)->due_count, 1); /* XEP-0490: an older one */
	push_on_read(e, STR("nurse@localhost"), e->last_seq, STR_NONE);
	assert_int_equal(line_of_romeo(b)->due_count, 0);
	route_bed_free(&b->route);
}

static void failures_that_pass_are_waited_for(void **state)
{
	struct bed *b = bed_new("push = { interval = \"0s\"; grace = \"0s\"; retry = \"1h\"; };");

	(void)state;
	enable(b, "n");
	route_client_close(b->phone);
	say(b, "m1");
	notified(b, "1");
	answer(b, "error",
	       "<error type='wait'><resource-constraint "
	       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
	assert_int_equal(line_of_romeo(b)->target->failures, 1);
	assert_false(line_of_romeo(b)->target->is_disabled);
	assert_int_equal(line_of_romeo(b)->due_count, 1);
	answer(b, "error", "<error type='wait'/>"); /* of the same push */
	assert_int_equal(line_of_romeo(b)->target->failures, 1);
	line_of_romeo(b)->has_failed = false;
	line_of_romeo(b)->target->failures = PUSH_FAILURES_MAX - 1;
	answer(b, "error", "<error type='wait'/>");
	assert_true(line_of_romeo(b)->target->is_disabled);
	assert_int_equal(line_of_romeo(b)->due_count, 0);
	route_bed_free(&b->route);
}

/* Only who was asked answers. */
static void answers_of_others_are_nothing(void **state)
{
	struct bed *b = bed_new("push = { interval = \"0s\"; grace = \"0s\"; };");
	char text[256];

	(void)state;
	enable(b, "n");
	route_client_close(b->phone);
	say(b, "m1");
	notified(b, "1");
	(void)snprintf(text, sizeof(text),
		       "<iq to='romeo@localhost' type='error' id='%s'><error type='cancel'>"
		       "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		       b->id);
	route_client_send(b->nurse, text);
	assert_false(line_of_romeo(b)->target->is_disabled);
	route_bed_free(&b->route);
}

static void registrations_are_bounded(void **state)
{
	struct bed *b = bed_new("");
	char node[16];

	(void)state;
	for (int i = 0; i < PUSH_TARGETS_MAX + 8; i++) {
		(void)snprintf(node, sizeof(node), "n%d", i);
		enable(b, node);
	}
	assert_int_equal(push_of_romeo(b)->count, PUSH_TARGETS_MAX);
	assert_true(str_eq(line_of_romeo(b)->target->node, STR("n8"))); /* the oldest went */
	route_client_close(b->phone);
	route_bed_forget(b->route);
	say(b, "m1");
	assert_int_equal(push_of_romeo(b)->count, PUSH_TARGETS_MAX);
	route_bed_free(&b->route);
}

static void enable_at_room(struct dispatch *d, void *arg)
{
	const struct push_enable wanted = {
		.jid = { .full = STR(APP),
			 .node = STR("juliet"),
			 .domain = STR("localhost"),
			 .resource = STR("app") },
		.node = arena_printf(d->arena, "r%d", *(int *)arg),
	};
	const struct jid phone = { .full = STR("romeo@localhost/phone"),
				   .node = STR("romeo"),
				   .domain = STR("localhost"),
				   .resource = STR("phone") };

	assert_true(push_enable_at_room(d, &wanted, phone, STR("den@conference.localhost")));
}

static void act_at_room(void *arg)
{
	struct bed *b = arg;

	router_act(route_bed_entity(b->route, "romeo"), enable_at_room, &b->number);
}

static void those_at_rooms_are_bounded_apart(void **state)
{
	struct bed *b = bed_new("");

	(void)state;
	enable(b, "n");
	for (int i = 0; i < PUSH_ROOM_TARGETS_MAX + 8; i++) {
		b->number = i;
		route_bed_call(b->route, act_at_room, b);
		route_client_expect_nothing(b->phone);
	}
	assert_int_equal(push_of_romeo(b)->of_rooms, PUSH_ROOM_TARGETS_MAX);
	assert_int_equal(push_of_romeo(b)->count, PUSH_ROOM_TARGETS_MAX + 1);
	assert_true(str_eq(line_of_romeo(b)->target->node, STR("n")));
	route_client_close(b->phone);
	route_bed_forget(b->route);
	say(b, "m1");
	assert_int_equal(push_of_romeo(b)->of_rooms, PUSH_ROOM_TARGETS_MAX);
	assert_int_equal(push_of_romeo(b)->count, PUSH_ROOM_TARGETS_MAX + 1);
	route_bed_free(&b->route);
}

static void what_waits_is_bounded(void **state)
{
	struct bed *b = bed_new("push = { interval = \"1h\"; grace = \"0s\"; };");
	char name[32];

	(void)state;
	enable(b, "n");
	route_client_close(b->phone);
	say(b, "m");
	for (int i = 0; i < PUSH_DUE_MAX + 4; i++) {
		struct route_client *c;

		(void)snprintf(name, sizeof(name), "guest%d", i);
		route_bed_account(b->route, name);
		c = route_bed_client(b->route, name, "hall");
		route_client_send(
			c, "<message to='romeo@localhost' type='chat'><body>x</body></message>");
	}
	assert_int_equal(line_of_romeo(b)->due_count, PUSH_DUE_MAX);
	route_bed_free(&b->route);
}

UNIT_TESTS(push, cmocka_unit_test(one_notification_in_an_interval),
	   cmocka_unit_test(what_was_read_is_dropped),
	   cmocka_unit_test(failures_that_pass_are_waited_for),
	   cmocka_unit_test(answers_of_others_are_nothing),
	   cmocka_unit_test(registrations_are_bounded),
	   cmocka_unit_test(those_at_rooms_are_bounded_apart),
	   cmocka_unit_test(what_waits_is_bounded));
