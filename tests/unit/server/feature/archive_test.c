/* SPDX-License-Identifier: Apache-2.0 */
/* feature/archive: nothing is stored twice, and what was not taken is not held to have been. */
#include "server/feature/archive.h"

#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_presence,
						  &feature_archive, &feature_message, NULL };

#define MESSAGE(to) "<message type='chat' id='1' to='" to "'><body>hi</body></message>"

static void says_it_again_when_it_was_refused(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct route_client *romeo, *juliet;

	route_bed_account(b, "romeo");
	romeo = route_bed_client(b, "romeo", "balcony");
	for (int i = 0; i < 2; i++) {
		route_client_send(romeo, MESSAGE("juliet@localhost"));
		route_client_expect_part(romeo, "<service-unavailable ");
	}
	route_bed_account(b, "juliet");
	juliet = route_bed_client(b, "juliet", "chamber");
	route_client_send(juliet, "<presence/>");
	while (route_client_take(juliet))
		;
	route_client_send(romeo, MESSAGE("juliet@localhost"));
	route_client_expect_part(juliet, "<body>hi</body>");
	route_client_send(romeo, MESSAGE("juliet@localhost")); /* taken: not again */
	route_client_expect_nothing(juliet);
	route_client_expect_nothing(romeo);
	route_bed_free(&b);
}

static void says_it_again_when_the_commit_failed(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct route_client *romeo, *juliet;

	route_bed_account(b, "romeo");
	route_bed_account(b, "juliet");
	romeo = route_bed_client(b, "romeo", "balcony");
	juliet = route_bed_client(b, "juliet", "chamber");
	route_client_send(juliet, "<presence/>");
	while (route_client_take(juliet))
		;
	memory_store_fail_commit(route_bed_store(b), 1, ERR_NO_SPACE);
	route_client_send(romeo, MESSAGE("juliet@localhost"));
	route_client_expect_part(romeo, "<resource-constraint ");
	route_client_expect_nothing(juliet);
	route_client_send(romeo, MESSAGE("juliet@localhost"));
	route_client_expect_part(juliet, "<body>hi</body>");
	route_client_expect_nothing(romeo);
	route_bed_free(&b);
}

UNIT_TESTS(feature_archive, cmocka_unit_test(says_it_again_when_it_was_refused),
	   cmocka_unit_test(says_it_again_when_the_commit_failed));
