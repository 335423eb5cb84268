/* SPDX-License-Identifier: Apache-2.0 */
/* pep/pep_remote and route/caps_wait: who may fill them (XMPP.md 5, row 45). */
#include "server/pep/pep_remote.h"

#include "server/route/caps_wait.h"
#include "support/server/route/route_bed.h"
#include "support/unit.h"
#include "xmpp/ns.h"

#include <stdio.h>

static const struct feature *const features[] = { NULL };

struct bed {
	struct route_bed *route;
	struct entity *romeo;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	(void)route_bed_client(b.route, "romeo", "balcony");
	b.romeo = route_bed_entity(b.route, "romeo");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	pep_remotes_free(&b->romeo->pep_remotes);
	route_bed_free(&b->route);
	return 0;
}

/* Somebody says what he is; NULL where that is too long. */
static struct pep_remote *says(struct bed *b, const char *from, struct str ver)
{
	struct dispatch *d = dispatch_begin(b->romeo, WAY_IN, NULL);
	struct xml *el = xml_new(d->arena, NS_CAPS, STR("c"));
	struct pep_remote *r;

	xml_set(d->arena, el, STR("hash"), STR("sha-1"));
	xml_set(d->arena, el, STR("node"), STR("urn:test"));
	xml_set(d->arena, el, STR("ver"), ver);
	assert_int_equal(jid_parse(d->arena, str_from(from), &d->stanza.from), OK);
	r = pep_remote_learn(d, el);
	dispatch_end(d);
	return r;
}

static unsigned count_of(const struct bed *b, const char *bare)
{
	const struct pep_remote *r = NULL;
	unsigned n = 0;

	while ((r = pep_remote_of(b->romeo, r, str_from(bare))))
		n++;
	return n;
}

static void what_was_said_is_read_again(void **state)
{
	struct bed *b = *state;
	const struct pep_remote *r = says(b, "nurse@far.example/a", STR("v1"));
	uint64_t number = r->number;

	assert_true(str_eq(pep_remote_bare(r), STR("nurse@far.example")));
	assert_true(str_eq(pep_remote_hash(r), STR("sha-1")));
	assert_true(str_eq(pep_remote_node(r), STR("urn:test")));
	assert_true(str_eq(pep_remote_ver(r), STR("v1")));
	assert_ptr_equal(says(b, "nurse@far.example/a", STR("v1")), r);
	assert_true(r->number == number);
	assert_ptr_equal(says(b, "nurse@far.example/a", STR("")), r);
	assert_true(r->number != number); /* an answer about v1 is void */
	assert_true(str_eq(pep_remote_node(r), STR("urn:test")));
	assert_int_equal(pep_remote_ver(r).len, 0);
}

static void a_contact_has_so_many_resources(void **state)
{
	struct bed *b = *state;
	char jid[64];

	(void)says(b, "peter@far.example/fan", STR("v"));
	for (unsigned i = 0; i < 3 * PEP_REMOTE_RESOURCES_MAX; i++) {
		(void)snprintf(jid, sizeof(jid), "nurse@far.example/%u", i);
		assert_non_null(says(b, jid, STR("v")));
	}
	assert_int_equal(count_of(b, "nurse@far.example"), PEP_REMOTE_RESOURCES_MAX);
	assert_int_equal(count_of(b, "peter@far.example"), 1);
	assert_true(str_eq(pep_remote_of(b->romeo, NULL, STR("nurse@far.example"))->jid,
			   STR("nurse@far.example/40"))); /* the oldest have gone */
}

static void an_account_knows_so_many(void **state)
{
	struct bed *b = *state;
	unsigned all = 0;
	char jid[64];

	for (unsigned i = 0; i < PEP_REMOTES_MAX + 10; i++) {
		(void)snprintf(jid, sizeof(jid), "n%u@far.example/x", i);
		assert_non_null(says(b, jid, STR("v")));
	}
	for (unsigned i = 0; i < PEP_REMOTES_MAX + 10; i++) {
		(void)snprintf(jid, sizeof(jid), "n%u@far.example", i);
		all += count_of(b, jid);
	}
	assert_int_equal(all, PEP_REMOTES_MAX);
	assert_int_equal(count_of(b, "n9@far.example"), 0);
	assert_int_equal(count_of(b, "n10@far.example"), 1);
}

static void what_is_too_long_is_not_read(void **state)
{
	struct bed *b = *state;
	char ver[1024];

	memset(ver, 'v', sizeof(ver));
	assert_null(says(b, "nurse@far.example/a", str_make(ver, sizeof(ver))));
	assert_int_equal(count_of(b, "nurse@far.example"), 0);
}

static void who_goes_is_forgotten(void **state)
{
	struct bed *b = *state;
	struct arena a scoped(arena_done) = { 0 };
	struct jid jid;

	arena_init(&a, MIB);
	(void)says(b, "nurse@far.example/a", STR("v"));
	(void)says(b, "nurse@far.example/b", STR("v"));
	(void)says(b, "nurse@far.example/c", STR("v"));
	assert_int_equal(jid_parse(&a, STR("nurse@far.example/b"), &jid), OK);
	pep_remote_drop(b->romeo, jid);
	assert_int_equal(count_of(b, "nurse@far.example"), 2);
	pep_remote_drop(b->romeo, jid_bare(jid));
	assert_int_equal(count_of(b, "nurse@far.example"), 0);
}

/* Whether a question left for that hash. */
static bool asks(struct bed *b, const char *from, unsigned ver)
{
	static const struct caps_wait_ops ops = { NULL, NULL };
	struct dispatch *d = dispatch_begin(b->romeo, WAY_IN, NULL);
	struct caps_wish wish = { .ops = &ops, .number = ver, .hash = STR("sha-1") };
	bool has_left;

	assert_int_equal(jid_parse(d->arena, str_from(from), &wish.jid), OK);
	wish.key = arena_printf(d->arena, "%.*s\n%u", STR_ARG(wish.jid.domain), ver);
	caps_wait(d, &wish);
	has_left = d->effects != NULL;
	dispatch_end(d);
	return has_left;
}

static void a_domain_is_asked_so_much(void **state)
{
	struct bed *b = *state;

	assert_true(asks(b, "nurse@far.example/a", 0));
	assert_false(asks(b, "peter@far.example/a", 0)); /* waits with her */
	assert_true(asks(b, "page@near.example/a", 0));
	for (unsigned i = 1; i < CAPS_DOMAIN_QUESTIONS_MAX; i++)
		assert_true(asks(b, "nurse@far.example/a", i));
	assert_false(asks(b, "nurse@far.example/a", CAPS_DOMAIN_QUESTIONS_MAX));
	assert_true(asks(b, "page@near.example/a", 1));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

UNIT_TESTS(pep_pep_remote, TEST(what_was_said_is_read_again), TEST(a_contact_has_so_many_resources),
	   TEST(an_account_knows_so_many), TEST(what_is_too_long_is_not_read),
	   TEST(who_goes_is_forgotten), TEST(a_domain_is_asked_so_much));
