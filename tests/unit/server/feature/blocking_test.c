/* SPDX-License-Identifier: Apache-2.0 */
/* feature/blocking: failures of the store, overlapping addresses, an inbound stanza while a change
 * is under way. */
#include "server/feature/blocking.h"

#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/model/blocklist.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_blocking,
						  &feature_presence, &feature_message, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo, *juliet;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "limits = { blocked_addresses = 10; };");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	b.juliet = route_bed_client(b.route, "juliet", "chamber");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

#define ITEM(jid)    "<item jid='" jid "'/>"
#define BLOCK(items) "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'>" items "</block></iq>"
#define UNBLOCK(items)                                                                             \
	"<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'>" items "</unblock></iq>"
#define SAY "<message to='juliet@localhost/chamber'><body>1</body></message>"

static size_t blocked(const struct bed *b)
{
	const struct entity *e = route_bed_entity(b->route, "juliet");

	return e && e->blocklist ? e->blocklist->items.count : 0;
}

/* What was not stored is not in force. */
static void full_disk(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->juliet, BLOCK(ITEM("romeo@localhost")));
	route_client_expect_part(b->juliet, "<resource-constraint ");
	route_client_expect_nothing(b->juliet);
	assert_int_equal(blocked(b), 0);
	route_client_send(b->romeo, SAY);
	route_client_expect_part(b->juliet, "<body>1</body>");
}

static void not_lifted_on_full_disk(void **state)
{
	struct bed *b = *state;

	route_client_send(b->juliet, BLOCK(ITEM("romeo@localhost")));
	route_client_expect(b->juliet, "<iq type='result' to='juliet@localhost/chamber' id='b'/>");
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->juliet, UNBLOCK(""));
	route_client_expect_part(b->juliet, "<resource-constraint ");
	assert_int_equal(blocked(b), 1);
	route_client_send(b->romeo, SAY);
	route_client_expect_part(b->romeo, "<service-unavailable ");
	route_client_expect_nothing(b->juliet);
}

/* It is in force from its turn on, although the commit stands still. */
static void in_force_at_once(void **state)
{
	struct bed *b = *state;

	memory_store_delay(route_bed_store(b->route), 20 * USEC_PER_MSEC);
	route_client_send_two(b->juliet, BLOCK(ITEM("romeo@localhost")),
			      "<message to='romeo@localhost/balcony'><body>late</body></message>");
	memory_store_delay(route_bed_store(b->route), 0);
	route_client_expect(b->juliet, "<iq type='result' to='juliet@localhost/chamber' id='b'/>");
	route_client_expect_part(b->juliet, "<blocked xmlns='urn:xmpp:blocking:errors'/>");
	route_client_expect_nothing(b->romeo);
}

static void the_same_twice_counts_once(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < 20; i++) {
		route_client_send(b->juliet,
				  BLOCK(ITEM("romeo@localhost") ITEM("ROMEO@localhost")));
		route_client_expect_part(b->juliet, "<iq type='result' ");
	}
	assert_int_equal(blocked(b), 1);
	route_client_send(b->juliet, UNBLOCK(ITEM("romeo@localhost") ITEM("romeo@localhost")));
	route_client_expect_part(b->juliet, "<iq type='result' ");
	assert_int_equal(blocked(b), 0);
	assert_null(route_bed_entity(b->route, "juliet")->blocklist);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_blocking, TEST(full_disk), TEST(not_lifted_on_full_disk), TEST(in_force_at_once),
	   TEST(the_same_twice_counts_once));
