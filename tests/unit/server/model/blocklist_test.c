/* SPDX-License-Identifier: Apache-2.0 */
/* model/blocklist: which address covers which (XEP-0191 5), as a matrix. */
#include "server/model/blocklist.h"

#include "support/unit.h"

static struct jid jid_of(struct arena *a, struct str text)
{
	struct jid jid;

	assert_int_equal(jid_parse(a, text, &jid), OK);
	return jid;
}

static void covers(void **state)
{
	static const struct str who[] = {
		STR_INIT("romeo@montague.net/street"), STR_INIT("romeo@montague.net"),
		STR_INIT("montague.net/street"),       STR_INIT("montague.net"),
		STR_INIT("paris@montague.net/street"), STR_INIT("romeo@capulet.com/street"),
		STR_INIT("romeo@evil.montague.net"),   STR_INIT("capulet.com"),
	};
	static const struct {
		struct str pattern;
		bool covered[array_len(who)];
	} rows[] = {
		{ STR_INIT("romeo@montague.net/street"), { 1, 0, 0, 0, 0, 0, 0, 0 } },
		{ STR_INIT("romeo@montague.net"), { 1, 1, 0, 0, 0, 0, 0, 0 } },
		{ STR_INIT("montague.net/street"), { 0, 0, 1, 0, 0, 0, 0, 0 } },
		{ STR_INIT("montague.net"), { 1, 1, 1, 1, 1, 0, 0, 0 } },
	};
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 64 * KIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct blocklist *l = blocklist_new();

		blocklist_add(l, rows[i].pattern);
		for (size_t k = 0; k < array_len(who); k++)
			assert_int_equal(blocklist_covers(l, jid_of(&a, who[k])),
					 rows[i].covered[k]);
		assert_false(blocklist_covers(l, (struct jid){ 0 }));
		blocklist_free(&l);
	}
}

static void counts(void **state)
{
	struct blocklist *l = blocklist_new();
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 64 * KIB);
	assert_true(blocklist_is_empty(NULL));
	assert_false(blocklist_covers(NULL, jid_of(&a, STR("a@b"))));
	assert_true(blocklist_is_empty(l));
	blocklist_add(l, STR("a@b"));
	blocklist_add(l, STR("a@b"));
	blocklist_add(l, STR("c"));
	assert_int_equal(l->items.count, 2);
	assert_int_equal(l->bytes, 4);
	blocklist_remove(l, STR("nobody"));
	blocklist_remove(l, STR("a@b"));
	assert_false(blocklist_has(l, STR("a@b")));
	assert_true(blocklist_has(l, STR("c")));
	assert_int_equal(l->bytes, 1);
	blocklist_free(&l);
	assert_null(l);
}

UNIT_TESTS(blocklist, cmocka_unit_test(covers), cmocka_unit_test(counts));
