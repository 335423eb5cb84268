/* SPDX-License-Identifier: Apache-2.0 */
/* route/registry: tables of features, added up. */
#include "server/route/registry.h"

#include "xmpp/ns.h"

#include "support/unit.h"

static enum verdict run_a(struct dispatch *d)
{
	return PASS;
}

static enum verdict run_b(struct dispatch *d)
{
	return DONE;
}

static const struct iq_handler iq_a[] = {
	{ STR_INIT("urn:a"), STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SELF, run_a },
	{ STR_INIT("urn:a"), STR_INIT("query"), IQ_SET, TARGET_SELF, run_b },
	{ .run = NULL },
};
static const struct iq_handler iq_b[] = {
	{ STR_INIT("urn:a"), STR_INIT("query"), IQ_GET, TARGET_OTHER, run_b },
	{ .run = NULL },
};
static const struct iq_handler iq_twice[] = {
	{ STR_INIT("urn:a"), STR_INIT("query"), IQ_GET, TARGET_SELF, run_b },
	{ .run = NULL },
};
static const struct hook hooks_a[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_NOTIFY, run_a },
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, run_b },
	{ .run = NULL },
};
static const struct hook hooks_b[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_COPY, run_a },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_COPY, run_a },
	{ .run = NULL },
};
static const struct str spaces_a[] = { STR_INIT("one"), { .ptr = NULL } };
static const struct str spaces_b[] = { STR_INIT("two"), STR_INIT("three"), { .ptr = NULL } };
static size_t at_a, at_b;

static const struct feature a = { .name = "a",
				  .iq = iq_a,
				  .hooks = hooks_a,
				  .spaces = spaces_a,
				  .entity_state = 1,
				  .entity_offset = &at_a };
static const struct feature b = { .name = "b",
				  .iq = iq_b,
				  .hooks = hooks_b,
				  .spaces = spaces_b,
				  .entity_state = 24,
				  .entity_offset = &at_b };
static const struct feature twice = { .name = "twice", .iq = iq_twice };

static const struct iq_handler *find(const struct registry *r, struct arena *arena, struct str ns,
				     enum stanza_type type, enum target target)
{
	struct xml *el = xml_new(arena, NS_CLIENT, STR("iq"));
	struct stanza s = { .el = el, .kind = STANZA_IQ, .type = type };

	(void)xml_add_new(arena, el, ns, STR("query")); /* it hangs in the tree */
	assert_int_equal(registry_knows_iq(r, &s), str_eq(ns, STR("urn:a")));
	return registry_iq(r, &s, target);
}

static void finds_handlers(void **state)
{
	static const struct feature *const features[] = { &a, &b, NULL };
	struct arena arena scoped(arena_done) = { 0 };
	struct blame blame = { .text = "" };
	struct registry *r;
	char text[600];
	struct str far;

	arena_init(&arena, MIB);
	assert_int_equal(registry_new(features, &r, &blame), OK);
	assert_ptr_equal(find(r, &arena, STR("urn:a"), IQ_GET, TARGET_DOMAIN), &iq_a[0]);
	assert_ptr_equal(find(r, &arena, STR("urn:a"), IQ_GET, TARGET_SELF), &iq_a[0]);
	assert_ptr_equal(find(r, &arena, STR("urn:a"), IQ_GET, TARGET_OTHER), &iq_b[0]);
	assert_ptr_equal(find(r, &arena, STR("urn:a"), IQ_SET, TARGET_SELF), &iq_a[1]);
	assert_null(find(r, &arena, STR("urn:a"), IQ_SET, TARGET_DOMAIN));
	assert_null(find(r, &arena, STR("urn:b"), IQ_GET, TARGET_SELF));
	memset(text, 'x', sizeof(text)); /* longer than any key */
	far = str_make(text, sizeof(text));
	assert_null(find(r, &arena, far, IQ_GET, TARGET_SELF));
	registry_free(&r);
	assert_null(r);
	registry_free(&r);
}

static void adds_up_the_rest(void **state)
{
	static const struct feature *const features[] = { &a, &b, NULL };
	struct blame blame = { .text = "" };
	const struct hook *const *hooks;
	const struct str *spaces;
	struct registry *r;
	unsigned count;
	size_t n;

	assert_int_equal(registry_new(features, &r, &blame), OK);
	hooks = registry_hooks(r, STANZA_MESSAGE, WAY_IN, &n);
	assert_int_equal(n, 3);
	assert_ptr_equal(hooks[0], &hooks_a[1]); /* by phase, not by feature */
	assert_ptr_equal(hooks[1], &hooks_b[0]);
	assert_ptr_equal(hooks[2], &hooks_a[0]);
	(void)registry_hooks(r, STANZA_MESSAGE, WAY_OUT, &n); /* none */
	assert_int_equal(n, 0);
	spaces = registry_spaces(r, &count);
	assert_int_equal(count, 3);
	assert_true(str_eq(spaces[2], STR("three")));
	assert_true(at_b >= at_a + 1 && at_b % sizeof(max_align_t) == 0);
	assert_true(registry_entity_bytes(r) >= at_b + 24);
	assert_ptr_equal(registry_features(r), features);
	registry_free(&r);
}

static void refuses_two_claimants(void **state)
{
	static const struct feature *const features[] = { &a, &twice, NULL };
	struct blame blame = { .text = "" };
	struct registry *r = NULL;

	assert_int_equal(registry_new(features, &r, &blame), ERR_EXISTS);
	assert_null(r);
	assert_non_null(strstr(blame.text, "twice"));
}

UNIT_TESTS(route_registry, cmocka_unit_test(finds_handlers), cmocka_unit_test(adds_up_the_rest),
	   cmocka_unit_test(refuses_two_claimants));
