/* SPDX-License-Identifier: Apache-2.0 */
/* feature/pep: contacts of other servers outlast a commit that fails, and nothing outlasts the
 * account. */
#include "server/feature/pep.h"

#include "server/feature/roster.h"
#include "server/pep/pep_remote.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_roster, &feature_pep, NULL };

#define PUBLISH                                                                                    \
	"<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"                 \
	"<publish node='urn:test'><item id='1'><a xmlns='urn:test'/></item></publish>"             \
	"</pubsub></iq>"

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
};

/* The nurse is there. */
static int set_up(void **state)
{
	static struct bed b;
	struct dispatch *d;
	struct entity *e;
	struct xml *el;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	e = route_bed_entity(b.route, "romeo");
	d = dispatch_begin(e, WAY_IN, NULL);
	el = xml_new(d->arena, NS_CAPS, STR("c"));
	xml_set(d->arena, el, STR("ver"), STR("v"));
	assert_int_equal(jid_parse(d->arena, STR("nurse@far.example/a"), &d->stanza.from), OK);
	assert_non_null(pep_remote_learn(d, el));
	dispatch_end(d);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

static bool is_there(struct bed *b)
{
	const struct entity *e = route_bed_entity(b->route, "romeo");

	return e && pep_remote_of(e, NULL, STR("nurse@far.example"));
}

static void who_is_there_stays_there(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->romeo, PUBLISH);
	route_client_expect_part(b->romeo, "type='error'");
	assert_true(is_there(b));
	route_client_send(b->romeo, PUBLISH);
	route_client_expect_part(b->romeo, "<iq type='result' ");
	assert_true(is_there(b));
}

static void not_without_the_account(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	memory_store_fail_read(route_bed_store(b->route), 1, ERR_IO);
	route_client_send(b->romeo, PUBLISH);
	assert_true(route_client_is_kicked(b->romeo, NULL));
	assert_false(is_there(b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_pep, TEST(who_is_there_stays_there), TEST(not_without_the_account));
