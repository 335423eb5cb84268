/* SPDX-License-Identifier: Apache-2.0 */
/* Links to uploads, there and back. */
#include "server/upload/link.h"

#include "support/unit.h"

#define ID "abcdefghijklmnopqrstuvwxyz"

static int set_up(void **state)
{
	struct arena *a = test_calloc(1, sizeof(*a));

	arena_init(a, MIB);
	*state = a;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	test_free(*state);
	return 0;
}

static void a_link_leads_back(void **state)
{
	struct upload u = { .id = STR(ID), .name = STR("tr\xC3\xA8s cool~1%.jpg") };
	struct str link = upload_link(*state, STR("https://chat.example"), &u), id, name;

	assert_true(
		str_eq(link, STR("https://chat.example/file/" ID "/tr%C3%A8s%20cool~1%25.jpg")));
	assert_int_equal(upload_link_read(*state, str_from_at(link, 20), &id, &name), OK);
	assert_true(str_eq(id, u.id) && str_eq(name, u.name));
	assert_int_equal(upload_link_read(*state, STR("/file/" ID "/%61%2F"), &id, &name), OK);
	assert_true(str_eq(name, STR("a/"))); /* no file has such a name */
}

static void other_paths_lead_nowhere(void **state)
{
	static const char *const bad[] = { "",
					   "/",
					   "/file/",
					   "/file/" ID,
					   "/file//a",
					   "/file/" ID "x/a",
					   "/files/" ID "/a",
					   "/file/" ID "/a/b",
					   "/file/" ID "/%",
					   "/file/" ID "/a%2",
					   "/file/" ID "/%g0",
					   "/file/" ID "/%0g",
					   "/file/../a" };
	struct str id, name;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(upload_link_read(*state, str_from(bad[i]), &id, &name),
				 ERR_NOT_FOUND);
}

UNIT_TESTS_WITH(upload_link, set_up, tear_down, cmocka_unit_test(a_link_leads_back),
		cmocka_unit_test(other_paths_lead_nowhere));
