/* SPDX-License-Identifier: Apache-2.0 */
/* http/form_body: what forms send. */
#include "server/http/form_body.h"

#include "support/unit.h"

static void want(const char *body, const char *name, const char *value)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str found;

	arena_init(&a, 64 * KIB);
	found = form_body_value(&a, str_from(body), str_from(name));
	if (!value)
		assert_null(found.ptr);
	else
		assert_true(found.ptr && str_eq(found, str_from(value)));
}

static void reads_values(void **state)
{
	(void)state;
	want("a=1&b=2", "b", "2");
	want("a=1&a=2", "a", "1");
	want("a=&b=2", "a", "");
	want("a&b=2", "a", "");
	want("b=2", "a", NULL);
	want("", "a", NULL);
	want("na%6De=x+y%20z%2b", "name", "x y z+");
	want("a=%C3%A9", "a", "\xc3\xa9");
	want("a=b=c", "a", "b=c");
	want("a=%4", "a", "%4");
	want("a=%zz%", "a", "%zz%");
}

static void refuses_what_is_no_text(void **state)
{
	(void)state;
	want("a=%ff", "a", NULL);
	want("a=x%00y", "a", NULL);
	want("a=%ED%A0%80", "a", NULL);
}

UNIT_TESTS(http_form_body, cmocka_unit_test(reads_values),
	   cmocka_unit_test(refuses_what_is_no_text));
