/* SPDX-License-Identifier: Apache-2.0 */
/* model/room_page: lists of members page by page. */
#include "server/model/room_page.h"

#include "support/unit.h"

enum { MANY = 2500 };

static struct str member(struct arena *a, size_t n)
{
	struct str text = STR("m0000@a.example");
	char *made = arena_alloc(a, text.len);

	for (size_t i = 0; i < text.len; i++)
		made[i] = text.ptr[i];
	for (size_t i = 4; i > 0; i--, n /= 10)
		made[i] = (char)('0' + n % 10);
	return (struct str){ made, text.len };
}

static void crowd(struct room_members *m, struct arena *a)
{
	room_members_init(m);
	/* In an order of its own: 1,009 and 2,500 have no divisor in common. */
	for (size_t i = 0; i < MANY; i++)
		room_members_set(m, member(a, i * 1009 % MANY), AFFILIATION_MEMBER, STR_NONE,
				 STR_NONE);
	room_members_set(m, STR("owner@a.example"), AFFILIATION_OWNER, STR_NONE, STR_NONE);
}

/* Page by page everybody comes once, in order, whatever the size of a page. */
static void pages_are_the_list(void **state)
{
	static const size_t sizes[] = { 7, 999, ROOM_PAGE_MAX, 5000 };

	(void)state;
	for (size_t s = 0; s < array_len(sizes); s++) {
		struct arena a scoped(arena_done) = { 0 };
		struct room_members m;
		struct str after = STR_NONE;
		size_t seen = 0;

		arena_init(&a, 64 * MIB);
		crowd(&m, &a);
		for (;;) {
			struct room_page page;

			room_page_read(&m, AFFILIATION_MEMBER, after, sizes[s], &a, &page);
			assert_int_equal(page.total, MANY);
			if (page.count == 0)
				break;
			assert_true(page.count <= ROOM_PAGE_MAX);
			assert_int_equal(page.index, seen);
			for (size_t i = 0; i < page.count; i++)
				assert_true(str_eq(page.items[i]->jid, member(&a, seen++)));
			after = page.items[page.count - 1]->jid;
		}
		assert_int_equal(seen, MANY);
		room_members_done(&m);
	}
}

static void pages_may_be_empty(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m;
	struct room_page page;

	(void)state;
	arena_init(&a, 4 * MIB);
	crowd(&m, &a);
	room_page_read(&m, AFFILIATION_ADMIN, STR_NONE, 10, &a, &page);
	assert_int_equal(page.count + page.total, 0);
	room_page_read(&m, AFFILIATION_MEMBER, STR_NONE, 0, &a, &page); /* the number alone */
	assert_int_equal(page.count, 0);
	assert_int_equal(page.total, MANY);
	/* Who stood at the end of the last page may be gone since then. */
	room_page_read(&m, AFFILIATION_MEMBER, STR("m0099@a.examplf"), 1, &a, &page);
	assert_true(str_eq(page.items[0]->jid, STR("m0100@a.example")));
	assert_int_equal(page.index, 100);
	room_members_done(&m);
}

UNIT_TESTS(room_page, cmocka_unit_test(pages_are_the_list), cmocka_unit_test(pages_may_be_empty));
