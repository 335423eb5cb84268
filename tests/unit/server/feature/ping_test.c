/* SPDX-License-Identifier: Apache-2.0 */
/* feature/ping, feature/version, feature/time: small questions to the server. */
#include "server/feature/ping.h"

#include "server/feature/roster.h"
#include "server/feature/time.h"
#include "server/feature/version.h"
#include "xmpp/datetime.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_ping, &feature_version,
						  &feature_time, NULL };

static void pings(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct route_client *romeo, *juliet;

	route_bed_account(b, "romeo");
	route_bed_account(b, "juliet");
	romeo = route_bed_client(b, "romeo", "balcony");
	juliet = route_bed_client(b, "juliet", "chamber");
	route_client_send(romeo, "<iq type='get' id='1' to='localhost'>"
				 "<ping xmlns='urn:xmpp:ping'/></iq>");
	route_client_expect(romeo, "<iq type='result' from='localhost' "
				   "to='romeo@localhost/balcony' id='1'/>");
	route_client_send(romeo, "<iq type='get' id='2'><ping xmlns='urn:xmpp:ping'/></iq>");
	route_client_expect(romeo, "<iq type='result' to='romeo@localhost/balcony' id='2'/>");
	route_client_send(romeo, "<iq type='get' id='3' to='juliet@localhost/chamber'>"
				 "<ping xmlns='urn:xmpp:ping'/></iq>");
	route_client_expect_nothing(romeo);
	route_client_expect_part(juliet, "<ping xmlns='urn:xmpp:ping'/>");
	/* An account does not tell whether it is there. */
	route_client_send(romeo, "<iq type='get' id='4' to='juliet@localhost'>"
				 "<ping xmlns='urn:xmpp:ping'/></iq>");
	route_client_expect_part(romeo, "<service-unavailable ");
	route_client_send(romeo, "<iq type='set' id='5' to='localhost'>"
				 "<ping xmlns='urn:xmpp:ping'/></iq>");
	route_client_expect_part(romeo, "<service-unavailable ");
	route_bed_free(&b);
}

static void version(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct route_client *romeo;

	route_bed_account(b, "romeo");
	romeo = route_bed_client(b, "romeo", "balcony");
	route_client_send(romeo, "<iq type='get' id='1' to='localhost'>"
				 "<query xmlns='jabber:iq:version'/></iq>");
	route_client_expect(
		romeo,
		"<iq type='result' from='localhost' to='romeo@localhost/balcony' "
		"id='1'><query xmlns='jabber:iq:version'><name>Parley</name><version>" PARLEY_VERSION
		"</version></query></iq>");
	route_bed_free(&b);
}

static void time_of_day(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct route_client *romeo;
	const struct str head = STR("<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>");
	struct str text;
	ptrdiff_t at;
	usec_t wall = 0, before = wall_now();

	route_bed_account(b, "romeo");
	romeo = route_bed_client(b, "romeo", "balcony");
	route_client_send(romeo, "<iq type='get' id='1' to='localhost'>"
				 "<time xmlns='urn:xmpp:time'/></iq>");
	text = str_from(route_client_take(romeo));
	at = str_find(text, head);
	assert_true(at > 0);
	text = str_from_at(text, (size_t)at + head.len);
	text.len = (size_t)str_find(text, STR("</utc></time></iq>"));
	assert_int_equal(datetime_parse(text, &wall), OK);
	assert_true(wall >= before && wall <= wall_now());
	route_bed_free(&b);
}

UNIT_TESTS(feature_ping, cmocka_unit_test(pings), cmocka_unit_test(version),
	   cmocka_unit_test(time_of_day));
