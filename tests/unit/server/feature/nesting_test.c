/* SPDX-License-Identifier: Apache-2.0 */
/* server/route/nest: what stands in the place of what (XEP-0355 7.2), and what is not taken. */
#include "server/route/nest.h"

#include "server/feature/pep.h"
#include "server/feature/ping.h"
#include "server/route/about.h"
#include "server/route/home.h"
#include "server/route/service.h"
#include "xep/disco.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

static const struct feature *const features[] = { &feature_pep, &feature_ping, NULL };

#define PING          STR("urn:xmpp:ping")
#define QUERY(inside) "<query xmlns='http://jabber.org/protocol/disco#info'>" inside "</query>"

static struct route_bed *bed;
static struct home *home;
static struct services *services;
static struct arena arena;

static int set_up(void **state)
{
	static struct service_delegation delegations[] = { { .ns = STR_INIT("urn:xmpp:ping") } };

	bed = route_bed_new(features, "");
	home = route_bed_home(bed);
	services = services_new(1);
	services->items[0].domain = STR("filter.localhost");
	services->items[0].delegations = delegations;
	services->items[0].delegation_count = 1;
	home->services = services_ref(services);
	arena_init(&arena, MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	route_bed_free(&bed);
	(void)services_unref(services);
	return 0;
}

static enum err answer(struct str text, struct nest **ret_nest)
{
	struct nest *asked = nest_new(STR("filter.localhost"), PING, false);
	enum err err = nest_answered(asked, text, ret_nest);

	(void)nest_unref(asked);
	return err;
}

static bool has(struct str var)
{
	return disco_has_feature(about_domain(home, &arena, STR_NONE), var);
}

static void replaces_and_goes(void **state)
{
	struct str before = about_ver(home, &arena);
	struct nest *n;

	assert_int_equal(answer(STR(QUERY("<feature var='urn:example:x'/>")), &n), OK);
	nests_put(home, n);
	assert_true(has(STR("urn:example:x")));
	assert_false(has(PING));
	assert_true(before.len && about_ver(home, &arena).len);
	assert_false(str_eq(before, about_ver(home, &arena)));
	assert_true(nests_cover(home, false, STR("urn:xmpp:ping#x")));
	assert_false(nests_cover(home, false, STR("urn:xmpp:pingpong")));
	assert_false(nests_cover(home, true, PING));
	nests_drop(home, n);
	assert_true(str_eq(before, about_ver(home, &arena)));
	(void)nest_unref(n);
}

/* What goes is the answer that was spread, not one that has come in its place. */
static void a_newer_one_stays(void **state)
{
	struct nest *old, *new;

	assert_int_equal(answer(STR(QUERY("<feature var='a'/>")), &old), OK);
	assert_int_equal(answer(STR(QUERY("<feature var='b'/>")), &new), OK);
	nests_put(home, old);
	nests_put(home, new);
	nests_drop(home, old);
	assert_true(has(STR("b")) && !has(STR("a")));
	(void)nest_unref(old);
	(void)nest_unref(new);
}

static void questions(void **state)
{
	struct nest *n = nest_new(STR("filter.localhost"), PING, false);
	struct str token = str_from(n->token);

	nests_put(home, n);
	assert_true(has(PING));
	assert_ptr_equal(nests_asked(home, STR("filter.localhost"), token), n);
	assert_null(nests_asked(home, STR("other.localhost"), token));
	assert_null(nests_asked(home, STR("filter.localhost"), STR("")));
	assert_null(nests_asked(home, STR("filter.localhost"), STR("aaaaaaaaaaaaaaaaaaaa")));
	(void)nest_unref(n);
}

static void not_taken(void **state)
{
	static const char *const bad[] = {
		"", "<query/>", QUERY("<feature var='a'/><feature var='a'/>"),
		"<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>"
	};
	struct str long_one = STR(QUERY("<feature var='")),
		   many = STR("<query xmlns='http://jabber.org/protocol/disco#info'>");
	struct nest *n = NULL;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(answer(str_from(bad[i]), &n), ERR_INVALID);
	long_one = ARENA_JOIN(&arena, long_one,
			      str_make(arena_zalloc(&arena, NEST_BYTES_MAX), NEST_BYTES_MAX));
	assert_int_equal(answer(long_one, &n), ERR_TOO_BIG);
	for (unsigned i = 0; i <= NEST_FEATURES_MAX; i++)
		many = arena_printf(&arena, "%.*s<feature var='%u'/>", STR_ARG(many), i);
	many = ARENA_JOIN(&arena, many, STR("</query>"));
	assert_int_equal(answer(many, &n), ERR_TOO_BIG);
	assert_null(n);
}

static void room_for_all(void **state)
{
	struct str many = STR("<query xmlns='http://jabber.org/protocol/disco#info'>");
	struct nest *large, *small, *other;

	for (unsigned i = 0; i < NEST_FEATURES_MAX; i++)
		many = arena_printf(&arena, "%.*s<feature var='%u'/>", STR_ARG(many), i);
	many = ARENA_JOIN(&arena, many, STR("</query>"));
	assert_int_equal(answer(many, &large), OK);
	assert_int_equal(answer(STR(QUERY("<feature var='b'/>")), &small), OK);
	assert_true(nests_have_room(home, large));
	nests_put(home, large);
	assert_false(nests_have_room(home, small));
	other = nest_new(STR("other.localhost"), PING, false);
	assert_true(nests_have_room(home, other));
	(void)nest_unref(other);
	(void)nest_unref(large);
	(void)nest_unref(small);
}

UNIT_TESTS(feature_nesting, cmocka_unit_test_setup_teardown(replaces_and_goes, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(a_newer_one_stays, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(questions, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(not_taken, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(room_for_all, set_up, tear_down));
