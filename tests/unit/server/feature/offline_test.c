/* SPDX-License-Identifier: Apache-2.0 */
/* feature/offline and route/hold: what waits comes in portions, and nothing overtakes it. */
#include "server/feature/offline.h"

#include "server/feature/archive.h"
#include "server/feature/blocking.h"
#include "server/feature/carbons.h"
#include "server/feature/message.h"
#include "server/feature/ping.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = {
	&feature_roster,   &feature_presence, &feature_archive,
	&feature_blocking, &feature_carbons,  &feature_message,
	&feature_ping,     &feature_offline,  NULL
};

/* Romeo's balcony is given five stanzas at once. */
#define LIMITS "limits = { resume_stanzas = 10; held_stanzas = 10; };"

struct bed {
	struct route_bed *route;
	struct route_client *juliet, *nurse, *romeo;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, LIMITS);
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "nurse");
	b.juliet = route_bed_client(b.route, "juliet", "chamber");
	b.nurse = route_bed_client(b.route, "nurse", "hall");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_client_close(b->juliet); /* with what they note of directed presence */
	route_client_close(b->nurse);
	route_bed_free(&b->route);
	return 0;
}

#define STATES "http://jabber.org/protocol/chatstates"

static void __attribute__((format(printf, 2, 3)))
send_as(struct route_client *from, const char *form, ...)
{
	char text[300];
	va_list args;

	va_start(args, form);
	(void)vsnprintf(text, sizeof(text), form, args);
	va_end(args);
	route_client_send(from, text);
}

static void say(struct route_client *from, unsigned number)
{
	send_as(from,
		"<message to='romeo@localhost' type='chat' id='m%u'><body>%u</body></message>",
		number, number);
}

static void type(struct route_client *from, const char *id)
{
	send_as(from,
		"<message to='romeo@localhost' type='chat' id='%s'><composing xmlns='" STATES
		"'/></message>",
		id);
}

static void ask(struct route_client *from, const char *id)
{
	send_as(from,
		"<iq to='romeo@localhost/balcony' type='get' id='%s'><query xmlns='x:y'/></iq>",
		id);
}

static void expect_ids(struct route_client *c, const char *const *ids)
{
	for (; *ids; ids++) {
		char part[40];

		route_client_await(c);
		(void)snprintf(part, sizeof(part), " id='%s'", *ids);
		route_client_expect_part(c, part);
	}
}

#define EXPECT(c, ...) expect_ids(c, (const char *const[]){ __VA_ARGS__, NULL })

/* Seven messages wait; he has come, has five of them, and does not take more. */
static void come(struct bed *b)
{
	for (unsigned i = 1; i <= 7; i++)
		say(b->juliet, i);
	b->romeo = route_bed_client(b->route, "romeo", "balcony");
	route_client_stall(b->romeo, true);
	route_client_send(b->romeo, "<presence id='here'/>");
	EXPECT(b->romeo, "here", "m1", "m2", "m3", "m4", "m5");
	route_client_expect_nothing(b->romeo);
}

static void go_on(struct bed *b)
{
	route_client_expect_nothing(b->romeo);
	route_client_stall(b->romeo, false);
}

static void all_in_their_places(void **state)
{
	struct bed *b = *state;

	come(b);
	type(b->juliet, "t7");
	say(b->juliet, 8);
	type(b->juliet, "t8");
	send_as(b->juliet, "<presence to='romeo@localhost' id='%s'/>", "p8");
	say(b->juliet, 9);
	send_as(b->juliet, "<presence to='romeo@localhost' type='unavailable' id='%s'/>", "p9");
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "t7", "m8", "t8", "p8", "m9", "p9");
	type(b->juliet, "t9");
	EXPECT(b->romeo, "t9");
	route_client_expect_nothing(b->romeo);
}

/* Each portion counts what is not stored, too. */
static void portions_have_an_end(void **state)
{
	struct bed *b = *state;

	come(b);
	type(b->juliet, "t7");
	type(b->nurse, "t8");
	type(b->juliet, "t9");
	type(b->nurse, "t10");
	say(b->juliet, 8);
	go_on(b);
	EXPECT(b->romeo, "m6");
	route_client_stall(b->romeo, true);
	EXPECT(b->romeo, "m7", "t7", "t8", "t9");
	type(b->nurse, "t11");
	go_on(b);
	EXPECT(b->romeo, "t10", "m8", "t11");
	route_client_expect_nothing(b->romeo);
}

/* RFC 6120 10.1: only what the same one has said goes in front of a question. */
static void questions(void **state)
{
	struct bed *b = *state;

	come(b);
	ask(b->juliet, "q1"); /* nothing of this session of hers is held back */
	EXPECT(b->romeo, "q1");
	say(b->juliet, 8);
	ask(b->juliet, "q2");
	ask(b->nurse, "q3");
	EXPECT(b->romeo, "q3");
	route_client_send(b->romeo, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
	EXPECT(b->romeo, "r");
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "m8", "q2");
	ask(b->juliet, "q4");
	EXPECT(b->romeo, "q4");
}

static void copies(void **state)
{
	struct bed *b = *state;
	struct route_client *garden;

	come(b);
	route_client_send(b->romeo,
			  "<iq type='set' id='e'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
	EXPECT(b->romeo, "e");
	garden = route_bed_client(b->route, "romeo", "garden");
	say(b->juliet, 8);
	route_client_send(
		garden,
		"<message to='juliet@localhost' type='chat' id='c1'><body>a</body></message>");
	say(b->juliet, 9);
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "m8", "c1", "m9");
}

/* Ten fit. Of more, what the same one has replaced goes first. */
static void thins_out(void **state)
{
	struct bed *b = *state;

	come(b);
	type(b->juliet, "t1");
	type(b->nurse, "t2");
	send_as(b->nurse, "<presence to='romeo@localhost' id='%s'/>", "p1");
	type(b->juliet, "t3");
	for (int i = 0; i < 6; i++)
		send_as(b->nurse,
			"<message to='romeo@localhost' type='headline' id='%s'><body>h</body></message>",
			"h");
	route_client_expect_nothing(b->romeo);
	send_as(b->nurse, "<presence to='romeo@localhost' type='unavailable' id='%s'/>", "p2");
	assert_false(route_client_is_overrun(b->romeo));
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "t3", "h", "h", "h", "h", "h", "h", "p2");
	route_client_expect_nothing(b->romeo);
}

static void has_an_end(void **state)
{
	struct bed *b = *state;

	come(b);
	for (int i = 0; i < 11; i++) {
		assert_false(route_client_is_overrun(b->romeo));
		send_as(b->nurse,
			"<message to='romeo@localhost' type='headline' id='%s'><body>h</body></message>",
			"h");
	}
	assert_true(route_client_is_overrun(b->romeo));
	route_client_expect_nothing(b->romeo);
}

/* A page that cannot be read is read again; nothing comes twice. */
static void reads_that_fail(void **state)
{
	struct bed *b = *state;

	for (unsigned i = 1; i <= 7; i++)
		say(b->juliet, i);
	memory_store_examine(route_bed_store(b->route), 2);
	memory_store_fail_read(route_bed_store(b->route), 2, ERR_IO);
	b->romeo = route_bed_client(b->route, "romeo", "balcony");
	route_client_send(b->romeo, "<presence id='here'/>");
	EXPECT(b->romeo, "here", "m1", "m2");
	route_client_stall(b->romeo, true);
	type(b->juliet, "t7");
	say(b->juliet, 8);
	route_client_expect_nothing(b->romeo);
	memory_store_fail_read(route_bed_store(b->route), 1, ERR_IO);
	route_client_stall(b->romeo, false);
	EXPECT(b->romeo, "m3", "m4", "m5", "m6", "m7", "t7", "m8");
	route_client_expect_nothing(b->romeo);
}

/* Presence, and the end of the session while the store looks for what waits. */
static void come_and_go(void *arg)
{
	struct bed *b = arg;
	struct resource *r =
		resource_by_name(&route_bed_entity(b->route, "romeo")->resources, STR("balcony"));
	struct dispatch *d = dispatch_begin(r->entity, WAY_OUT, NULL);
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("presence"));

	d->resource = r;
	d->resource_id = r->id;
	xml_set(d->arena, el, STR("from"), r->jid.full);
	router_receive(d, el);
	assert_int_equal(r->entity->outbox.count, 1); /* the look-up has its place in the order */
	r->ops->kick(r, 0, STR_NONE);
}

static void ends_while_it_is_read(void **state)
{
	struct bed *b = *state;

	say(b->juliet, 1);
	b->romeo = route_bed_client(b->route, "romeo", "balcony");
	route_bed_call(b->route, come_and_go, b);
	assert_true(route_client_is_kicked(b->romeo, NULL));
	b->romeo = route_bed_client(b->route, "romeo", "garden");
	route_client_send(b->romeo, "<presence id='here'/>");
	EXPECT(b->romeo, "here", "m1");
}

/* What is stored is there for the next one; what is not went with the session. */
static void session_ends(void **state)
{
	struct bed *b = *state;

	come(b);
	type(b->juliet, "t7");
	say(b->juliet, 8);
	route_client_expect_nothing(b->romeo);
	route_client_close(b->romeo);
	b->romeo = route_bed_client(b->route, "romeo", "garden");
	route_client_send(b->romeo, "<presence id='here'/>");
	EXPECT(b->romeo, "here", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8");
	route_client_expect_nothing(b->romeo);
}

/* Who does not want messages any more gets the rest as it came, and the messages when he does. */
static void goes_away(void **state)
{
	struct bed *b = *state;

	come(b);
	say(b->juliet, 8);
	type(b->juliet, "t8");
	ask(b->juliet, "q1");
	route_client_expect_nothing(b->romeo);
	route_client_send(b->romeo, "<presence id='low'><priority>-1</priority></presence>");
	EXPECT(b->romeo, "low", "t8", "q1");
	ask(b->juliet, "q2");
	EXPECT(b->romeo, "q2");
	route_client_send(b->romeo, "<presence id='high'/>");
	EXPECT(b->romeo, "high");
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "m8");
	route_client_expect_nothing(b->romeo);
}

/* XEP-0191 3.3: nothing of the blocked one, but that he is gone. */
static void blocked(void **state)
{
	struct bed *b = *state;

	come(b);
	type(b->nurse, "t7");
	say(b->juliet, 8);
	route_client_send(b->romeo, "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'>"
				    "<item jid='nurse@localhost'/></block></iq>");
	EXPECT(b->romeo, "b");
	while (route_client_take(b->romeo))
		;
	go_on(b);
	EXPECT(b->romeo, "m6", "m7", "m8");
	route_client_expect_nothing(b->romeo);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_offline, TEST(all_in_their_places), TEST(portions_have_an_end), TEST(questions),
	   TEST(copies), TEST(thins_out), TEST(has_an_end), TEST(reads_that_fail),
	   TEST(ends_while_it_is_read), TEST(session_ends), TEST(goes_away), TEST(blocked));
