/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks for while messages are on their way to the store: offline messages and the
 * archive hold all that was handled before, each once, and what comes later follows. */
#include "server/feature/archive.h"
#include "server/feature/history.h"
#include "server/feature/message.h"
#include "server/feature/offline.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const usec_t DELAY_USEC = 30 * USEC_PER_MSEC;

static const struct feature *const features[] = { &feature_roster,
						  &feature_presence,
						  &feature_archive,
						  &feature_history,
						  &feature_message,
						  &feature_offline,
						  NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
};

/* Everything is loaded, and each batch takes its time. */
static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	route_client_send(
		b.romeo,
		"<message to='romeo@localhost' type='chat' id='m0'><body>first</body></message>");
	memory_store_delay(route_bed_store(b.route), DELAY_USEC);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

/* The message was handled before the client was there for it, and is durable only after it has
 * come. */
static void offline_has_what_waits(void **state)
{
	struct bed *b = *state;

	route_client_send_two(
		b->romeo,
		"<message to='romeo@localhost' type='chat' id='m1'><body>second</body></message>",
		"<presence/>");
	route_client_expect_part(b->romeo, "<presence ");
	route_client_expect_part(b->romeo, "<body>first</body>");
	route_client_expect_part(b->romeo, "<body>second</body>");
	route_client_expect_nothing(b->romeo);
}

static void offline_has_nothing_twice(void **state)
{
	struct bed *b = *state;

	route_client_send_two(
		b->romeo, "<presence/>",
		"<message to='romeo@localhost' type='chat' id='m1'><body>second</body></message>");
	route_client_expect_part(b->romeo, "<presence ");
	route_client_expect_part(b->romeo, "<body>first</body>");
	route_client_expect_part(b->romeo, "<body>second</body>");
	route_client_expect_nothing(b->romeo);
}

static const char query[] = "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>";

static void archive_has_what_waits(void **state)
{
	struct bed *b = *state;

	route_client_send_two(
		b->romeo,
		"<message to='romeo@localhost' type='chat' id='m1'><body>second</body></message>",
		query);
	route_client_expect_part(b->romeo, "<body>first</body>");
	route_client_expect_part(b->romeo, "<body>second</body>");
	route_client_expect_part(b->romeo, "complete='true'");
	route_client_expect_nothing(b->romeo);
}

static void archive_ends_at_the_query(void **state)
{
	struct bed *b = *state;

	route_client_send_two(
		b->romeo, query,
		"<message to='romeo@localhost' type='chat' id='m1'><body>second</body></message>");
	route_client_expect_part(b->romeo, "<body>first</body>");
	route_client_expect_part(b->romeo, "complete='true'");
	route_client_expect_nothing(b->romeo);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_catch_up, TEST(offline_has_what_waits), TEST(offline_has_nothing_twice),
	   TEST(archive_has_what_waits), TEST(archive_ends_at_the_query));
