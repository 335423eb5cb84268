/* SPDX-License-Identifier: Apache-2.0 */
/* feature/disco, feature/caps, feature/contact: what the server and accounts say, to whom, and that
 * the hash in the stream features is that of the answer. */
#include "server/feature/disco.h"

#include "server/feature/caps.h"
#include "server/feature/contact.h"
#include "server/feature/last_activity.h"
#include "server/feature/pep.h"
#include "server/feature/ping.h"
#include "server/feature/roster.h"
#include "server/model/roster.h"
#include "server/route/about.h"
#include "xep/caps.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster,        &feature_disco,
						  &feature_caps,          &feature_contact,
						  &feature_last_activity, &feature_ping,
						  &feature_pep,           NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "contact = { abuse = [ \"mailto:abuse@a.example\", "
					  "\"xmpp:abuse@b.example\" ]; };");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "tybalt");
	route_bed_friends(b.route, "romeo", "juliet");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

#define INFO  "<query xmlns='http://jabber.org/protocol/disco#info'/>"
#define ITEMS "<query xmlns='http://jabber.org/protocol/disco#items'/>"
#define REFUSED                                                                                    \
	"<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"  \
	"</error></iq>"
#define NOT_FOUND                                                                                  \
	"<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"       \
	"</error></iq>"

static struct xml *parse(struct arena *a, const char *text)
{
	static const struct xml_limits limits = { .stanza_bytes = 100000,
						  .depth = 20,
						  .attrs = 20,
						  .name_bytes = 200,
						  .children = 1000 };
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(a, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

static void domain(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, "<iq type='get' id='1' to='localhost'>" INFO "</iq>");
	route_client_expect(
		b->romeo,
		"<iq type='result' from='localhost' to='romeo@localhost/balcony' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#info'>"
		"<identity category='server' type='im' name='Parley'/>"
		"<feature var='http://jabber.org/protocol/disco#info'/>"
		"<feature var='http://jabber.org/protocol/disco#items'/>"
		"<feature var='http://jabber.org/protocol/caps'/>"
		"<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
		"<value>http://jabber.org/network/serverinfo</value></field>"
		"<field var='abuse-addresses' type='list-multi'>"
		"<value>mailto:abuse@a.example</value><value>xmpp:abuse@b.example</value></field></x>"
		"<feature var='jabber:iq:last'/><feature var='urn:xmpp:ping'/>"
		"<feature var='http://jabber.org/protocol/pubsub#publish-options'/></query></iq>");
	route_client_send(b->romeo, "<iq type='get' id='2' to='localhost'>" ITEMS "</iq>");
	route_client_expect(
		b->romeo,
		"<iq type='result' from='localhost' to='romeo@localhost/balcony' id='2'>" ITEMS
		"</iq>");
}

static void nodes(void **state)
{
	struct bed *b = *state;
	static const char *const queries[] = {
		"<iq type='get' id='1' to='localhost'>"
		"<query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",
		"<iq type='get' id='1' to='localhost'>"
		"<query xmlns='http://jabber.org/protocol/disco#info' node='urn:parley:server#x'/></iq>",
		"<iq type='get' id='1' to='localhost'>"
		"<query xmlns='http://jabber.org/protocol/disco#items' node='n'/></iq>",
		"<iq type='get' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",
		"<iq type='get' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#items' node='n'/></iq>",
	};

	for (size_t i = 0; i < array_len(queries); i++) {
		route_client_send(b->romeo, queries[i]);
		route_client_expect_part(b->romeo, NOT_FOUND);
	}
}

/* The hash in the stream features is that of the answer, with and without its node. */
static void own_caps(void **state)
{
	struct bed *b = *state;
	struct arena a scoped(arena_done);
	struct xml *stream = NULL, *c;
	struct str ver;

	arena_init(&a, MIB);
	stream = xml_new(&a, NS_STREAM, STR("features"));
	feature_caps.stream_features(route_bed_home(b->route), &a, stream);
	c = xml_child(stream, NS_CAPS, STR("c"));
	assert_non_null(c);
	assert_true(str_eq(xml_attr(c, STR("hash")), STR("sha-1")));
	assert_true(str_eq(xml_attr(c, STR("node")), STR("urn:parley:server")));
	ver = xml_attr(c, STR("ver"));
	assert_int_equal(ver.len, 28);
	route_client_send(b->romeo, "<iq type='get' id='1' to='localhost'>" INFO "</iq>");
	assert_true(caps_verify(
		xml_first(parse(&a, arena_dup(&a, str_from(route_client_take(b->romeo))).ptr)),
		STR("sha-1"), ver));
	route_client_send(
		b->romeo,
		arena_printf(
			&a,
			"<iq type='get' id='1' to='localhost'><query node='urn:parley:server#%.*s'"
			" xmlns='http://jabber.org/protocol/disco#info'/></iq>",
			STR_ARG(ver))
			.ptr);
	c = xml_first(parse(&a, arena_dup(&a, str_from(route_client_take(b->romeo))).ptr));
	assert_true(caps_verify(c, STR("sha-1"), ver));
	assert_true(str_starts(xml_attr(c, STR("node")), STR("urn:parley:server#")));
}

static void accounts(void **state)
{
	struct bed *b = *state;
	static const char *const own[] = { "<iq type='get' id='1'>" INFO "</iq>",
					   "<iq type='get' id='1' to='romeo@localhost'>" INFO
					   "</iq>",
					   "<iq type='get' id='1' to='juliet@localhost'>" INFO
					   "</iq>" };

	for (size_t i = 0; i < array_len(own); i++) {
		route_client_send(b->romeo, own[i]);
		route_client_expect_part(b->romeo,
					 "<query xmlns='http://jabber.org/protocol/disco#info'>"
					 "<identity category='account' type='registered'/>"
					 "<identity category='pubsub' type='pep'/>"
					 "<feature var='http://jabber.org/protocol/disco#info'/>"
					 "<feature var='http://jabber.org/protocol/disco#items'/>"
					 "<feature var='jabber:iq:last'/>"
					 "<feature var='http://jabber.org/protocol/pubsub'/>");
	}
	route_client_send(b->romeo, "<iq type='get' id='1' to='juliet@localhost'>" ITEMS "</iq>");
	route_client_expect(
		b->romeo,
		"<iq type='result' from='juliet@localhost' to='romeo@localhost/balcony' id='1'>" ITEMS
		"</iq>");
}

/* A stranger's account and nobody's give the same answer, whatever is asked. */
static void strangers(void **state)
{
	struct bed *b = *state;
	static const char *const whom[] = { "tybalt", "nobody" };
	static const char *const what[] = {
		INFO, ITEMS, "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>"
	};

	for (size_t i = 0; i < array_len(whom) * array_len(what); i++) {
		struct arena a scoped(arena_done);
		const char *name = whom[i % 2];

		arena_init(&a, KIB);
		route_client_send(b->romeo,
				  arena_printf(&a,
					       "<iq type='get' id='1' to='%s@localhost'>%s</iq>",
					       name, what[i / 2])
					  .ptr);
		route_client_expect(b->romeo,
				    arena_printf(&a,
						 "<iq type='error' from='%s@localhost' "
						 "to='romeo@localhost/balcony' id='1'>" REFUSED,
						 name)
					    .ptr);
	}
}

/* One-sided subscriptions: "from" lets see, "to" and a request do not. */
static void one_sided(void **state)
{
	static const struct {
		unsigned flags;
		bool may_see;
	} rows[] = { { ROSTER_FROM | ROSTER_LISTED, true },
		     { ROSTER_TO | ROSTER_LISTED, false },
		     { ROSTER_PENDING_IN, false },
		     { ROSTER_LISTED | ROSTER_PENDING_OUT | ROSTER_APPROVED, false } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct route_bed *route = route_bed_new(features, "");
		struct roster_item item = { .jid = STR("romeo@localhost"), .flags = rows[i].flags };
		struct route_client *romeo;
		struct arena a scoped(arena_done);

		arena_init(&a, 16 * KIB);
		route_bed_account(route, "romeo");
		route_bed_account(route, "juliet");
		route_bed_row(route, "juliet", ROSTER_SPACE, item.jid,
			      roster_item_encode(&item, &a));
		romeo = route_bed_client(route, "romeo", "x");
		route_client_send(romeo,
				  "<iq type='get' id='1' to='juliet@localhost'>" INFO "</iq>");
		route_client_expect_part(romeo, rows[i].may_see ? "type='registered'" : REFUSED);
		route_bed_free(&route);
	}
}

static void no_contacts_no_form(void **state)
{
	struct route_bed *route = route_bed_new(features, "");
	struct arena a scoped(arena_done);

	arena_init(&a, 64 * KIB);
	assert_null(
		xml_child(about_domain(route_bed_home(route), &a, STR_NONE), NS_DATA, STR("x")));
	route_bed_free(&route);
}

UNIT_TESTS(feature_disco, cmocka_unit_test_setup_teardown(domain, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(nodes, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(own_caps, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(accounts, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(strangers, set_up, tear_down),
	   cmocka_unit_test(one_sided), cmocka_unit_test(no_contacts_no_form));
