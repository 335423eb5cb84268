/* SPDX-License-Identifier: Apache-2.0 */
/* route/audience: who was there at which moment, and who is meant. */
#include "server/route/audience.h"

#include "server/route/home.h"
#include "support/server/route/route_bed.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = { NULL };

static struct audience_member *enter(struct audience *a, const char *text, uint64_t tag, bool sees)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct jid jid;

	arena_init(&arena, MIB);
	assert_int_equal(jid_parse(&arena, str_from(text), &jid), OK);
	return audience_enter(a, jid, tag, sees);
}

static void who_was_there_hears(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct audience *a = audience_new(route_bed_home(b));
	struct audience_member *romeo, *juliet;
	struct audience_view before = audience_now(a), between, after;

	(void)state;
	romeo = enter(a, "romeo@localhost/a", 1, false);
	between = audience_now(a);
	juliet = enter(a, "juliet@localhost/b", 2, true);
	assert_false(audience_hears(romeo, &before));
	assert_true(audience_hears(romeo, &between));
	assert_false(audience_hears(juliet, &between));
	after = audience_now(a);
	audience_remove(a, romeo);
	assert_true(audience_hears(romeo, &after)); /* it was on its way to him */
	after = audience_now(a);
	assert_false(audience_hears(romeo, &after));
	assert_true(audience_hears(juliet, &after));
	assert_true(str_eq(juliet->to, STR(" to='juliet@localhost/b'")));
	(void)audience_unref(a);
	route_bed_free(&b);
}

static void who_is_meant_hears(void **state)
{
	struct route_bed *b = route_bed_new(features, "");
	struct audience *a = audience_new(route_bed_home(b));
	const struct audience_member *ruler = enter(a, "romeo@localhost/a", 1, true),
				     *other = enter(a, "juliet@localhost/b", 2, false);
	struct audience_view view = audience_now(a);

	(void)state;
	assert_true(audience_hears(ruler, &view) && audience_hears(other, &view));
	view.sight = AUDIENCE_SEEING;
	assert_true(audience_hears(ruler, &view) && !audience_hears(other, &view));
	view.sight = AUDIENCE_OTHERS;
	assert_true(!audience_hears(ruler, &view) && audience_hears(other, &view));
	view.skip = 2;
	assert_false(audience_hears(other, &view));
	assert_int_equal(a->seeing, 1);
	assert_int_equal(a->others, 1);
	(void)audience_unref(a);
	route_bed_free(&b);
}

/* Members stay where they are while it grows, and those who have left are counted. */
static void it_grows_and_goes_stale(void **state)
{
	enum { MANY = 2000 };
	struct route_bed *b = route_bed_new(features, "");
	struct audience *a = audience_new(route_bed_home(b));
	struct audience_member *all[MANY], *m;
	const struct audience_part *p = &a->parts[0];
	char text[64];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "u%d@localhost/x", i);
		all[i] = enter(a, text, 0, false);
	}
	assert_int_equal(p->count, MANY);
	for (struct audience_chunk *c = p->first; c; c = c->next) {
		for (size_t i = 0; i < c->cap && n < p->count; i++)
			assert_ptr_equal(&c->members[i], all[n++]);
	}
	assert_int_equal(n, MANY);
	m = all[0];
	assert_true(str_eq(m->jid.full, STR("u0@localhost/x")));
	for (int i = 0; i < MANY / 2; i++)
		audience_remove(a, all[i]);
	assert_false(audience_is_stale(a));
	for (int i = MANY / 2; i < MANY / 2 + 100; i++)
		audience_remove(a, all[i]);
	assert_true(audience_is_stale(a));
	assert_int_equal(a->others, MANY / 2 - 100);
	(void)audience_unref(a);
	route_bed_free(&b);
}

UNIT_TESTS(audience, cmocka_unit_test(who_was_there_hears), cmocka_unit_test(who_is_meant_hears),
	   cmocka_unit_test(it_grows_and_goes_stale));
