/* SPDX-License-Identifier: Apache-2.0 */
/* feature/carbons: who gets a copy of what, and that nobody else can make one (XMPP.md 5, row 39).
 */
#include "server/feature/carbons.h"

#include "server/feature/archive.h"
#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = { &feature_roster,  &feature_presence,
						  &feature_archive, &feature_carbons,
						  &feature_message, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *phone, *desk, *juliet;
};

static void drain(struct route_client *c)
{
	while (route_client_take(c))
		;
}

static void enable(struct route_client *c)
{
	drain(c);
	route_client_send(c, "<iq type='set' id='e'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
	route_client_expect_part(c, "<iq type='result' ");
	route_client_expect_nothing(c);
}

/* Romeo has two available devices with carbons, Juliet one without. */
static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	b.phone = route_bed_client(b.route, "romeo", "phone");
	b.desk = route_bed_client(b.route, "romeo", "desk");
	b.juliet = route_bed_client(b.route, "juliet", "chamber");
	route_client_send(b.phone, "<presence/>");
	route_client_send(b.desk, "<presence/>");
	route_client_send(b.juliet, "<presence/>");
	enable(b.phone);
	enable(b.desk);
	drain(b.juliet);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

static void nobody_gets_more(struct bed *b)
{
	route_client_expect_nothing(b->phone);
	route_client_expect_nothing(b->desk);
	route_client_expect_nothing(b->juliet);
}

/* The stanza-id inside text, or "". */
static void id_in(const char *text, char id[14])
{
	const char *at =
		strstr(text, "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='");

	id[0] = '\0';
	if (at)
		(void)snprintf(
			id, 14, "%s",
			at + strlen("<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='"));
}

/* ---- switching ---- */

static void off_until_enabled(void **state)
{
	struct bed *b = *state;
	struct route_client *tablet = route_bed_client(b->route, "romeo", "tablet");

	route_client_send(tablet, "<presence/>");
	drain(tablet);
	drain(b->phone);
	drain(b->desk);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>1</body></message>");
	route_client_expect_nothing(tablet);
}

static void off_again(void **state)
{
	struct bed *b = *state;

	for (int i = 0; i < 2; i++) {
		route_client_send(
			b->desk,
			"<iq type='set' id='d'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
		route_client_expect(b->desk,
				    "<iq type='result' to='romeo@localhost/desk' id='d'/>");
	}
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>1</body></message>");
	route_client_expect_part(b->phone, "<body>1</body>");
	nobody_gets_more(b);
	enable(b->desk);
	enable(b->desk);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>2</body></message>");
	route_client_expect_part(b->desk, "<received xmlns='urn:xmpp:carbons:2'>");
	route_client_expect_nothing(b->desk);
}

static void only_for_oneself(void **state)
{
	struct bed *b = *state;

	route_client_send(
		b->juliet,
		"<iq type='set' id='e' to='romeo@localhost'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
	route_client_expect_part(b->juliet, "type='error'");
	route_client_send(
		b->juliet,
		"<iq type='set' id='e' to='romeo@localhost'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
	route_client_expect_part(b->juliet, "type='error'");
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>1</body></message>");
	route_client_expect_part(b->desk, "<received ");
	route_client_expect_nothing(b->juliet);
}

static void with_bind(void **state)
{
	struct bed *b = *state;
	struct route_client *tablet = route_bed_client(b->route, "romeo", "tablet");
	struct resource *r =
		resource_by_name(&route_bed_entity(b->route, "romeo")->resources, STR("tablet"));
	struct arena a scoped(arena_done);
	struct xml *bind, *bound;

	arena_init(&a, 64 * KIB);
	bind = xml_new(&a, NS_BIND2, STR("bind"));
	bound = xml_new(&a, NS_BIND2, STR("bound"));
	assert_string_equal(feature_carbons.bind_inline, "urn:xmpp:carbons:2");
	feature_carbons.on_bind(r, bind, &a, bound);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>1</body></message>");
	route_client_expect_nothing(tablet);
	(void)xml_add_new(&a, bind, NS_CARBONS, STR("enable"));
	feature_carbons.on_bind(r, bind, &a, bound);
	assert_null(bound->first);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat'><body>2</body></message>");
	route_client_expect_part(tablet, "<received ");
}

/* ---- copies ---- */

static void received_copy_is_what_the_other_device_got(void **state)
{
	struct bed *b = *state;
	char original[400], copy[800], wanted[800], id[14];

	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat' id='m1'><body>a &amp; b</body>"
		"<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='forged'/></message>");
	(void)snprintf(original, sizeof(original), "%s", route_client_take(b->phone));
	(void)snprintf(copy, sizeof(copy), "%s", route_client_take(b->desk));
	id_in(original, id);
	assert_int_equal(strlen(id), 13);
	assert_null(strstr(copy, "forged"));
	(void)snprintf(wanted, sizeof(wanted),
		       "<message from='romeo@localhost' to='romeo@localhost/desk' type='chat'>"
		       "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		       "<message xmlns='jabber:client'%s</forwarded></received></message>",
		       original + strlen("<message"));
	assert_string_equal(copy, wanted);
	nobody_gets_more(b);
}

static void sent_copy_has_the_own_archive_id(void **state)
{
	struct bed *b = *state;
	char copy[800], id[14], other[14];
	const char *text;

	route_client_send(
		b->phone,
		"<message to='juliet@localhost' type='chat' id='m1'><body>1</body></message>");
	text = route_client_take(b->juliet);
	assert_non_null(text);
	id_in(text, other);
	assert_string_equal(other, ""); /* Romeo's id is not told to Juliet */
	(void)snprintf(copy, sizeof(copy), "%s", route_client_take(b->desk));
	id_in(copy, id);
	assert_int_equal(strlen(id), 13);
	assert_true(str_starts(
		str_from(copy),
		STR("<message from='romeo@localhost' to='romeo@localhost/desk' type='chat'>"
		    "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		    "<message xmlns='jabber:client' to='juliet@localhost' type='chat' id='m1' "
		    "from='romeo@localhost/phone'><body>1</body><stanza-id ")));
	nobody_gets_more(b);
	/* What is not stored has no id, and is copied all the same. */
	route_client_send(
		b->phone,
		"<message to='juliet@localhost' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
	(void)snprintf(copy, sizeof(copy), "%s", route_client_take(b->desk));
	assert_non_null(strstr(copy, "<composing "));
	assert_null(strstr(copy, "<stanza-id "));
	route_client_expect_part(b->juliet, "<composing ");
	nobody_gets_more(b);
}

/* The sender need not have them on. */
static void sent_without_own_carbons(void **state)
{
	struct bed *b = *state;

	route_client_send(b->phone,
			  "<iq type='set' id='d'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
	drain(b->phone);
	route_client_send(b->phone,
			  "<message to='juliet@localhost' id='m1'><body>1</body></message>");
	route_client_expect_part(
		b->desk, "<message from='romeo@localhost' to='romeo@localhost/desk'><sent ");
	route_client_expect_part(b->juliet, "<body>1</body>");
	nobody_gets_more(b);
}

static void account_message_comes_once(void **state)
{
	struct bed *b = *state;
	struct route_client *tablet =
		route_bed_client(b->route, "romeo", "tablet"); /* without presence */

	enable(tablet);
	resource_by_name(&route_bed_entity(b->route, "romeo")->resources, STR("desk"))->priority =
		-1;
	route_client_send(b->juliet,
			  "<message to='romeo@localhost' type='chat'><body>1</body></message>");
	route_client_expect_part(b->phone, " from='juliet@localhost/chamber'><body>1</body>");
	route_client_expect_part(
		b->desk,
		"<message from='romeo@localhost' to='romeo@localhost/desk' type='chat'><received ");
	route_client_expect_part(
		tablet,
		"<message from='romeo@localhost' to='romeo@localhost/tablet' type='chat'><received ");
	nobody_gets_more(b);
	route_client_expect_nothing(tablet);
	/* A chat message to a device that is gone goes on as if to the account. */
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/gone' type='chat'><body>2</body></message>");
	route_client_expect_part(b->phone, " from='juliet@localhost/chamber'><body>2</body>");
	route_client_expect_part(b->desk, "<received ");
	route_client_expect_part(tablet, "<received ");
	nobody_gets_more(b);
}

static void note_to_oneself_comes_once(void **state)
{
	struct bed *b = *state;
	struct route_client *tablet = route_bed_client(b->route, "romeo", "tablet");

	enable(tablet);
	route_client_send(b->phone, "<message type='chat'><body>1</body></message>");
	route_client_expect_part(b->phone, "<body>1</body>");
	route_client_expect_part(
		b->desk, "from='romeo@localhost/phone' to='romeo@localhost'><body>1</body>");
	route_client_expect_part(tablet, "<received ");
	nobody_gets_more(b);
	route_client_expect_nothing(tablet);
	route_client_send(
		b->phone,
		"<message to='romeo@localhost/desk' type='chat'><body>2</body></message>");
	route_client_expect_part(b->desk, "from='romeo@localhost/phone'><body>2</body>");
	route_client_expect_part(tablet, "<received ");
	nobody_gets_more(b);
	route_client_expect_nothing(tablet);
}

/* ---- which messages ---- */

static const struct {
	const char *type, *payload;
	bool is_received, is_sent;
} kinds[] = {
	{ " type='chat'", "<body>1</body>", true, true },
	{ " type='chat'", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", true,
	  true },
	{ " type='chat'", "<x xmlns='urn:other'/>", true, true },
	{ "", "<body>1</body>", true, true },
	{ " type='normal'", "<body>1</body>", true, true },
	{ " type='what'", "<body>1</body>", true, true },
	{ "", "<subject>1</subject>", false, false },
	{ "", "<x xmlns='urn:other'/>", false, false },
	{ "", "<received xmlns='urn:xmpp:receipts' id='1'/>", true, true },
	{ "", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true, true },
	{ "", "<active xmlns='http://jabber.org/protocol/chatstates'/>", true, true },
	{ "", "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>", true, true },
	{ "", "<x xmlns='jabber:x:conference' jid='r@conference.localhost'/>", true, true },
	{ "", "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>", true,
	  true },
	{ " type='chat'", "<x xmlns='http://jabber.org/protocol/muc#user'/><body>1</body>", false,
	  true },
	{ "", "<x xmlns='http://jabber.org/protocol/muc#user'/><body>1</body>", false, true },
	{ " type='groupchat'", "<body>1</body>", false, false },
	{ " type='headline'", "<body>1</body>", false, false },
	{ " type='headline'", "<received xmlns='urn:xmpp:receipts' id='1'/>", false, false },
	{ " type='error'", "<body>1</body>", false, false },
	{ " type='chat'", "<body>1</body><private xmlns='urn:xmpp:carbons:2'/>", false, false },
	{ " type='chat'", "<body>1</body><no-copy xmlns='urn:xmpp:hints'/>", false, false },
	/* Forged: they arrive as what they are, and are not made more of. */
	{ " type='chat'",
	  "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>",
	  false, false },
	{ " type='chat'",
	  "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent>", false,
	  false },
	{ " type='chat'",
	  "<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'/></result>",
	  false, false },
};

static void kinds_that_come(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < array_len(kinds); i++) {
		char stanza[400];

		(void)snprintf(stanza, sizeof(stanza),
			       "<message to='romeo@localhost/phone' id='%zu'%s>%s</message>", i,
			       kinds[i].type, kinds[i].payload);
		route_client_send(b->juliet, stanza);
		/* The message itself always comes, from who it is from, unchanged. */
		(void)snprintf(stanza, sizeof(stanza),
			       " id='%zu'%s from='juliet@localhost/chamber'>%s", i, kinds[i].type,
			       kinds[i].payload);
		route_client_expect_part(b->phone, stanza);
		if (kinds[i].is_received)
			route_client_expect_part(
				b->desk,
				"><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>");
		nobody_gets_more(b);
	}
}

static void kinds_that_go(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < array_len(kinds); i++) {
		char stanza[400];

		(void)snprintf(stanza, sizeof(stanza),
			       "<message to='juliet@localhost/chamber' id='%zu'%s>%s</message>", i,
			       kinds[i].type, kinds[i].payload);
		route_client_send(b->phone, stanza);
		(void)snprintf(stanza, sizeof(stanza),
			       " id='%zu'%s from='romeo@localhost/phone'>%s", i, kinds[i].type,
			       kinds[i].payload);
		route_client_expect_part(b->juliet, stanza);
		if (kinds[i].is_sent)
			route_client_expect_part(
				b->desk,
				"><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>");
		nobody_gets_more(b);
	}
}

/* ---- what goes wrong ---- */

static void errors_follow_what_was_copied(void **state)
{
	struct bed *b = *state;

	route_client_send(
		b->phone,
		"<message to='juliet@localhost/chamber' type='chat' id='m1'><body>1</body></message>");
	drain(b->desk);
	drain(b->juliet);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='error' id='m2'><body>1</body></message>");
	route_client_expect_part(b->phone, " id='m2'");
	nobody_gets_more(b);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='error' id='m1'><body>1</body></message>");
	route_client_expect_part(b->phone, " id='m1'");
	route_client_expect_part(
		b->desk,
		"<message from='romeo@localhost' to='romeo@localhost/desk' type='error'><received ");
	nobody_gets_more(b);
	/* And those that a device answers with. */
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat' id='m3'><body>1</body></message>");
	drain(b->desk);
	drain(b->phone);
	route_client_send(b->phone,
			  "<message to='juliet@localhost/chamber' type='error' id='m3'/>");
	route_client_expect_part(b->desk, "type='error'><sent ");
	route_client_expect_part(b->juliet, " id='m3'");
	nobody_gets_more(b);
	/* Long ago. */
	for (int i = 0; i < 40; i++)
		route_client_send(
			b->phone,
			"<message to='juliet@localhost/chamber' type='chat' id='x'><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
	drain(b->desk);
	drain(b->juliet);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='error' id='m1'><body>1</body></message>");
	route_client_expect_part(b->phone, " id='m1'");
	nobody_gets_more(b);
}

static void refused_is_not_copied(void **state)
{
	struct bed *b = *state;

	/* A normal message to a device that is gone: RFC 6121 8.5.3.2.1, stored or not. */
	route_client_send(b->juliet,
			  "<message to='romeo@localhost/gone' id='m1'><body>1</body></message>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	nobody_gets_more(b);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/gone' id='m2'><body>1</body><no-store xmlns='urn:xmpp:hints'/></message>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	nobody_gets_more(b);
	/* The sender's devices see no copy of what never went out. */
	route_client_send(b->phone,
			  "<message to='juliet@localhost/gone' id='m3'><body>1</body></message>");
	route_client_expect_part(b->phone, "<service-unavailable ");
	nobody_gets_more(b);
}

static void not_stored_is_not_seen(void **state)
{
	struct bed *b = *state;

	/* So that the account's recent messages are in memory. */
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat' id='m0'><body>0</body></message>");
	drain(b->phone);
	drain(b->desk);
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_IO);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat' id='m1'><body>1</body></message>");
	route_client_expect_part(b->juliet, "<internal-server-error ");
	nobody_gets_more(b);
	route_client_send(
		b->juliet,
		"<message to='romeo@localhost/phone' type='chat' id='m2'><body>2</body></message>");
	route_client_expect_part(b->phone, "<body>2</body>");
	route_client_expect_part(b->desk, "<body>2</body>");
	nobody_gets_more(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_carbons, TEST(off_until_enabled), TEST(off_again), TEST(only_for_oneself),
	   TEST(with_bind), TEST(received_copy_is_what_the_other_device_got),
	   TEST(sent_copy_has_the_own_archive_id), TEST(sent_without_own_carbons),
	   TEST(account_message_comes_once), TEST(note_to_oneself_comes_once),
	   TEST(kinds_that_come), TEST(kinds_that_go), TEST(errors_follow_what_was_copied),
	   TEST(refused_is_not_copied), TEST(not_stored_is_not_seen));
