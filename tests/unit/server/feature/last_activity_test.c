/* SPDX-License-Identifier: Apache-2.0 */
/* feature/last_activity: who may know, what is kept over a restart, and what ends it. */
#include "server/feature/last_activity.h"

#include "server/feature/presence.h"
#include "server/feature/roster.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_presence,
						  &feature_last_activity, NULL };

#define LAST       "<query xmlns='jabber:iq:last'/>"
#define ASK_JULIET "<iq type='get' id='1' to='juliet@localhost'>" LAST "</iq>"

struct bed {
	struct route_bed *route;
	struct route_client *romeo, *juliet, *tybalt;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "tybalt");
	route_bed_friends(b.route, "romeo", "juliet");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	b.juliet = route_bed_client(b.route, "juliet", "chamber");
	b.tybalt = route_bed_client(b.route, "tybalt", "street");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	clock_real();
	route_bed_free(&b->route);
	return 0;
}

static void server(void **state)
{
	struct bed *b = *state;

	route_bed_home(b->route)->started -= 90 * USEC_PER_SEC;
	route_client_send(b->romeo, "<iq type='get' id='1' to='localhost'>" LAST "</iq>");
	route_client_expect_part(b->romeo, "<query xmlns='jabber:iq:last' seconds='9");
}

static void while_here(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, ASK_JULIET);
	route_client_expect_part(b->romeo, "<query xmlns='jabber:iq:last' seconds='0'/></iq>");
	route_client_send(b->romeo, "<iq type='get' id='1'>" LAST "</iq>");
	route_client_expect_part(b->romeo, "<query xmlns='jabber:iq:last' seconds='0'/></iq>");
}

static void never_here(void **state)
{
	struct bed *b = *state;

	route_bed_account(b->route, "mercutio");
	route_bed_friends(b->route, "mercutio", "tybalt");
	route_client_send(b->tybalt, "<iq type='get' id='1' to='mercutio@localhost'>" LAST "</iq>");
	route_client_expect_part(b->tybalt, "<service-unavailable ");
}

static void leave(struct bed *b, const char *presence)
{
	route_client_send(b->juliet, "<presence/>");
	if (presence)
		route_client_send(b->juliet, presence);
	route_client_close(b->juliet);
}

static void after_leaving(void **state)
{
	struct bed *b = *state;

	leave(b, "<presence type='unavailable'><status>Heading &lt;home&gt;</status></presence>");
	/* Also from the store, as after a restart. */
	for (int i = 0; i < 2; i++) {
		route_client_send(b->romeo, ASK_JULIET);
		route_client_expect(
			b->romeo,
			"<iq type='result' from='juliet@localhost' "
			"to='romeo@localhost/balcony' id='1'><query xmlns='jabber:iq:last' "
			"seconds='0'>Heading &lt;home&gt;</query></iq>");
		route_bed_forget(b->route);
	}
}

static void counts_seconds(void **state)
{
	struct bed *b = *state;
	usec_t wall = wall_now();

	route_bed_row(b->route, "romeo", STR("other"), STR("left"), STR("1 x"));
	leave(b, NULL);
	route_bed_forget(b->route);
	route_bed_row(b->route, "juliet", STR("last"), STR("left"), STR("1000000 Gone"));
	route_client_send(b->romeo, ASK_JULIET);
	/* Since one second after 1970 began. */
	{
		const char *got = route_client_take(b->romeo);
		ptrdiff_t at = str_find(str_from(got), STR("seconds='"));
		struct str rest, number;
		uint64_t seconds = 0;

		assert_true(at > 0);
		rest = str_from_at(str_from(got), (size_t)at + 9);
		assert_true(str_split(&rest, '\'', &number));
		assert_int_equal(str_to_u64(number, &seconds), OK);
		assert_true(seconds >= (uint64_t)(wall / USEC_PER_SEC) - 1 &&
			    seconds <= (uint64_t)(wall / USEC_PER_SEC) + 60);
		assert_true(str_starts(rest, STR(">Gone</query>")));
	}
}

static void broken_off(void **state)
{
	struct bed *b = *state;

	leave(b, NULL);
	route_client_send(b->romeo, ASK_JULIET);
	route_client_expect_part(b->romeo, "<query xmlns='jabber:iq:last' seconds='0'/></iq>");
}

/* Words of an earlier leave do not stand for a later one. */
static void status_is_of_the_last_leave(void **state)
{
	struct bed *b = *state;

	leave(b, "<presence type='unavailable'><status>One</status></presence>");
	b->juliet = route_bed_client(b->route, "juliet", "chamber");
	leave(b, "<presence type='unavailable'/>");
	route_client_send(b->romeo, ASK_JULIET);
	route_client_expect_part(b->romeo, "seconds='0'/></iq>");
}

/* Directed presence is not for everybody. */
static void directed_words_stay_private(void **state)
{
	struct bed *b = *state;

	leave(b, "<presence type='unavailable' to='nurse@localhost'><status>Secret</status>"
		 "</presence>");
	route_client_send(b->romeo, ASK_JULIET);
	route_client_expect_part(b->romeo, "seconds='0'/></iq>");
}

static void long_words_are_cut_between_characters(void **state)
{
	struct bed *b = *state;
	struct arena a scoped(arena_done);
	struct sbuf text scoped(sbuf_done) = SBUF(8 * KIB);
	struct str got;
	ptrdiff_t from;

	arena_init(&a, 64 * KIB);
	(void)sbuf_lit(&text, "<presence type='unavailable'><status>x");
	for (int i = 0; i < 1000; i++)
		(void)sbuf_lit(&text, "\xc3\xa4");
	(void)sbuf_lit(&text, "</status></presence>");
	leave(b, arena_dup(&a, sbuf_str(&text)).ptr);
	route_client_send(b->romeo, ASK_JULIET);
	got = str_from(route_client_take(b->romeo));
	from = str_find(got, STR(">x\xc3\xa4"));
	assert_true(from > 0);
	got = str_from_at(got, (size_t)from + 1);
	assert_int_equal(str_find(got, STR("</query>")), 1023);
}

static void strangers(void **state)
{
	struct bed *b = *state;

	for (int i = 0; i < 2; i++) {
		route_client_send(b->tybalt, ASK_JULIET);
		route_client_expect(b->tybalt,
				    "<iq type='error' from='juliet@localhost' "
				    "to='tybalt@localhost/street' id='1'><error type='cancel'>"
				    "<service-unavailable "
				    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
		if (i == 0)
			leave(b, NULL);
	}
	route_client_send(b->tybalt, "<iq type='get' id='1' to='nobody@localhost'>" LAST "</iq>");
	route_client_expect(b->tybalt,
			    "<iq type='error' from='nobody@localhost' to='tybalt@localhost/street' "
			    "id='1'><error type='cancel'><service-unavailable "
			    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_last_activity, TEST(server), TEST(while_here), TEST(never_here),
	   TEST(after_leaving), TEST(counts_seconds), TEST(broken_off),
	   TEST(status_is_of_the_last_leave), TEST(directed_words_stay_private),
	   TEST(long_words_are_cut_between_characters), TEST(strangers));
