/* SPDX-License-Identifier: Apache-2.0 */
/* feature/private_data: failures of the store, reading behind writing, and elements that another
 * feature takes. */
#include "server/feature/private_data.h"

#include "server/feature/roster.h"
#include "server/route/private_store.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

/* Takes {urn:taken}a, passes {urn:passed}a on. */
static enum verdict take(struct dispatch *d, const struct xml *el)
{
	return str_eq(el->ns, STR("urn:passed")) ? PASS : dispatch_error(d, COND_GONE);
}

static const struct private_handler handlers[] = {
	{ STR_INIT("urn:taken"), STR_INIT("a"), take, take },
	{ STR_INIT("urn:passed"), STR_INIT("a"), take, take },
	{ .ns = { .ptr = NULL } },
};
static const struct feature feature_taker = { .name = "taker", .private_elements = handlers };

static const struct feature *const features[] = { &feature_roster, &feature_private_data,
						  &feature_taker, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "limits = { private_bytes = \"1KiB\"; };");
	route_bed_account(b.route, "romeo");
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

#define GET(el) "<iq type='get' id='g'><query xmlns='jabber:iq:private'>" el "</query></iq>"
#define SET(el) "<iq type='set' id='s'><query xmlns='jabber:iq:private'>" el "</query></iq>"
#define ONE     "<a xmlns='urn:x'>1</a>"

/* A get right behind a set sees it, although the commit stands still. */
static void read_behind_write(void **state)
{
	struct bed *b = *state;

	memory_store_delay(route_bed_store(b->route), 20 * USEC_PER_MSEC);
	route_client_send_two(b->romeo, SET(ONE), GET("<a xmlns='urn:x'/>"));
	route_client_expect(b->romeo, "<iq type='result' to='romeo@localhost/balcony' id='s'/>");
	route_client_expect_part(b->romeo, ONE);
	memory_store_delay(route_bed_store(b->route), 0);
}

static bool has_one(const struct bed *b)
{
	const struct entity *e = route_bed_entity(b->route, "romeo");
	struct arena a scoped(arena_done) = { 0 };
	const struct dispatch d = { .entity = (struct entity *)(uintptr_t)e, .arena = &a };

	arena_init(&a, KIB);
	return private_has(&d, STR("urn:x"), STR("a"));
}

/* What could not be stored is not counted, either. */
static void full_disk(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->romeo, SET(ONE));
	route_client_expect_part(b->romeo, "<resource-constraint ");
	assert_false(has_one(b));
	route_client_send(b->romeo, GET("<a xmlns='urn:x'/>"));
	route_client_expect_part(b->romeo, "<a xmlns='urn:x'/>");
	route_client_send(b->romeo, SET(ONE));
	route_client_expect_part(b->romeo, "<iq type='result' ");
	assert_true(has_one(b));
}

static void taken_by_another(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, GET("<a xmlns='urn:taken'/>"));
	route_client_expect_part(b->romeo, "<gone ");
	route_client_send(b->romeo, SET("<a xmlns='urn:taken'>1</a>"));
	route_client_expect_part(b->romeo, "<gone ");
	/* Not together with what is kept here. */
	route_client_send(b->romeo, SET(ONE "<a xmlns='urn:taken'>1</a>"));
	route_client_expect_part(b->romeo, "<not-acceptable ");
	route_client_send(b->romeo, SET("<a xmlns='urn:taken'>1</a>" ONE));
	route_client_expect_part(b->romeo, "<not-acceptable ");
	assert_false(has_one(b));
	route_client_send(b->romeo, SET("<a xmlns='urn:passed'>1</a>"));
	route_client_expect_part(b->romeo, "<iq type='result' ");
	route_client_send(b->romeo, GET("<a xmlns='urn:passed'/>"));
	route_client_expect_part(b->romeo, "<a xmlns='urn:passed'>1</a>");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_private_data, TEST(read_behind_write), TEST(full_disk), TEST(taken_by_another));
