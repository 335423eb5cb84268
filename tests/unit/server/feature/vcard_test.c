/* SPDX-License-Identifier: Apache-2.0 */
/* feature/vcard: own and others', limits, failures of the store. */
#include "server/feature/vcard.h"

#include "server/feature/avatar.h"
#include "server/feature/pep.h"
#include "server/feature/roster.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_pep, &feature_avatar,
						  &feature_vcard, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo, *juliet;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "limits = { vcard_bytes = \"2KiB\"; };");
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

#define GET       "<iq type='get' id='g'><vCard xmlns='vcard-temp'/></iq>"
#define GET_ROMEO "<iq type='get' id='g' to='romeo@localhost'><vCard xmlns='vcard-temp'/></iq>"
#define CARD                                                                                       \
	"<vCard xmlns='vcard-temp'><FN>R &amp; M</FN><PHOTO><TYPE>image/png</TYPE></PHOTO>"        \
	"<x xmlns='urn:other' a='1'/></vCard>"
#define SET "<iq type='set' id='s'>" CARD "</iq>"

static void none(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, GET);
	route_client_expect(b->romeo, "<iq type='result' to='romeo@localhost/balcony' id='g'>"
				      "<vCard xmlns='vcard-temp'/></iq>");
	/* XEP-0054 3.3: no card and no account look the same. */
	route_client_send(b->juliet, GET_ROMEO);
	route_client_expect_part(b->juliet, "<error type='cancel'><service-unavailable ");
	route_client_send(b->juliet, "<iq type='get' id='g' to='nobody@localhost'>"
				     "<vCard xmlns='vcard-temp'/></iq>");
	route_client_expect_part(b->juliet, "<error type='cancel'><service-unavailable ");
}

static void set_and_get(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, SET);
	route_client_expect(b->romeo, "<iq type='result' to='romeo@localhost/balcony' id='s'/>");
	route_client_send(b->romeo, GET);
	route_client_expect(b->romeo,
			    "<iq type='result' to='romeo@localhost/balcony' id='g'>" CARD "</iq>");
	route_client_send(b->juliet, GET_ROMEO);
	route_client_expect(b->juliet, "<iq type='result' from='romeo@localhost' "
				       "to='juliet@localhost/chamber' id='g'>" CARD "</iq>");
	/* Offline, and not in memory. */
	route_client_close(b->romeo);
	route_bed_forget(b->route);
	route_client_send(b->juliet, GET_ROMEO);
	route_client_expect(b->juliet, "<iq type='result' from='romeo@localhost' "
				       "to='juliet@localhost/chamber' id='g'>" CARD "</iq>");
}

static void replaced(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, SET);
	route_client_send(b->romeo, "<iq type='set' id='s'><vCard xmlns='vcard-temp'><FN>New</FN>"
				    "</vCard></iq>");
	(void)route_client_take(b->romeo);
	(void)route_client_take(b->romeo);
	route_client_send(b->romeo, GET);
	route_client_expect_part(b->romeo, "<vCard xmlns='vcard-temp'><FN>New</FN></vCard>");
}

static void of_others(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, SET);
	(void)route_client_take(b->romeo);
	route_client_send(b->juliet, "<iq type='set' id='s' to='romeo@localhost'>"
				     "<vCard xmlns='vcard-temp'><FN>Fool</FN></vCard></iq>");
	route_client_expect_part(b->juliet, "<iq type='error' ");
	route_client_send(b->romeo, GET);
	route_client_expect_part(b->romeo, CARD);
}

static void too_large(void **state)
{
	struct bed *b = *state;
	struct arena a scoped(arena_done);
	char *filling;

	arena_init(&a, 64 * KIB);
	filling = arena_zalloc(&a, 2049);
	memset(filling, 'a', 2048);
	route_client_send(b->romeo, SET);
	(void)route_client_take(b->romeo);
	route_client_send(b->romeo,
			  arena_printf(&a,
				       "<iq type='set' id='s'><vCard xmlns='vcard-temp'><FN>%s"
				       "</FN></vCard></iq>",
				       filling)
				  .ptr);
	route_client_expect_part(b->romeo, "<policy-violation ");
	route_client_send(b->romeo, GET);
	route_client_expect_part(b->romeo, CARD);
}

/* A get right behind a set sees it, although the commit stands still. */
static void read_behind_write(void **state)
{
	struct bed *b = *state;

	memory_store_delay(route_bed_store(b->route), 20 * USEC_PER_MSEC);
	route_client_send_two(b->romeo, SET, GET);
	route_client_expect(b->romeo, "<iq type='result' to='romeo@localhost/balcony' id='s'/>");
	route_client_expect_part(b->romeo, CARD);
	memory_store_delay(route_bed_store(b->route), 0);
}

static void full_disk(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->romeo, SET);
	route_client_expect_part(b->romeo, "<resource-constraint ");
	route_client_send(b->romeo, GET);
	route_client_expect_part(b->romeo, "<vCard xmlns='vcard-temp'/></iq>");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_vcard, TEST(none), TEST(set_and_get), TEST(replaced), TEST(of_others),
	   TEST(too_large), TEST(read_behind_write), TEST(full_disk));
