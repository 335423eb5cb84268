/* SPDX-License-Identifier: Apache-2.0 */
/* The tree: finding, setting, moving, copying. */
#include "support/unit.h"
#include "xml/tree.h"

#define NS STR("urn:a")

static struct arena a;

static int begin(void **state)
{
	arena_init(&a, MIB);
	return 0;
}

static int end(void **state)
{
	arena_done(&a);
	return 0;
}

static void finds_children(void **state)
{
	struct xml *x = xml_new(&a, NS, STR("x")), *b, *c;

	assert_null(xml_first(x));
	assert_null(xml_first(NULL));
	assert_null(xml_child(x, NS, STR("b")));
	assert_false(xml_is(NULL, NS, STR("x")));
	xml_add_text(&a, x, STR("1"));
	b = xml_add_new(&a, x, NS, STR("b"));
	xml_add_text(&a, x, STR("2"));
	c = xml_add_text_el(&a, x, STR("urn:c"), STR("b"), STR("three"));
	xml_add_text(&a, x, STR(""));
	assert_ptr_equal(xml_first(x), b);
	assert_ptr_equal(xml_next(b), c);
	assert_null(xml_next(c));
	assert_ptr_equal(xml_child(x, NS, STR("b")), b);
	assert_ptr_equal(xml_child(x, STR("urn:c"), STR("b")), c);
	assert_ptr_equal(xml_child(x, STR("urn:c"), STR_NONE), c);
	assert_ptr_equal(xml_child(x, STR_NONE, STR("b")), b);
	assert_ptr_equal(xml_child(x, STR_NONE, STR_NONE), b);
	/* A namespace that is set, but empty, is one. */
	assert_null(xml_child(x, STR(""), STR("b")));
	assert_true(str_eq(xml_text(x, &a), STR("12")));
	assert_true(str_eq(xml_child_text(x, STR("urn:c"), STR("b"), &a), STR("three")));
	assert_true(str_is_set(xml_child_text(x, NS, STR("b"), &a)));
	assert_false(str_is_set(xml_child_text(x, NS, STR("z"), &a)));
}

static void sets_attributes(void **state)
{
	struct xml *x = xml_new(&a, NS, STR("x"));

	xml_set(&a, x, STR("a"), STR("1"));
	xml_set_ns(&a, x, NS, STR("a"), STR("2"));
	xml_set(&a, x, STR("b"), STR(""));
	assert_true(str_eq(xml_attr(x, STR("a")), STR("1")));
	assert_true(str_eq(xml_attr_ns(x, NS, STR("a")), STR("2")));
	assert_true(str_is_set(xml_attr(x, STR("b"))));
	assert_false(str_is_set(xml_attr(x, STR("c"))));
	xml_set(&a, x, STR("a"), STR("3"));
	assert_true(str_eq(x->attrs->value, STR("3")));
	xml_set(&a, x, STR("a"), STR_NONE);
	assert_false(str_is_set(xml_attr(x, STR("a"))));
	assert_true(str_eq(xml_attr_ns(x, NS, STR("a")), STR("2")));
	xml_set(&a, x, STR("zzz"), STR_NONE);
	xml_set(&a, x, STR("b"), STR_NONE);
	xml_set_ns(&a, x, NS, STR("a"), STR_NONE);
	assert_null(x->attrs);
}

static void moves_elements(void **state)
{
	struct xml *x = xml_new(&a, NS, STR("x")), *y = xml_new(&a, NS, STR("y"));
	struct xml *one = xml_add_new(&a, x, NS, STR("1")), *two = xml_add_new(&a, x, NS, STR("2"));
	struct xml *three = xml_add_new(&a, x, NS, STR("3"));

	xml_remove(two);
	assert_null(two->parent);
	assert_ptr_equal(one->next, three);
	xml_add(y, two);
	assert_ptr_equal(y->first, two);
	xml_remove(three);
	assert_ptr_equal(x->last, one);
	xml_remove(one);
	assert_null(x->first);
	assert_null(x->last);
	xml_remove(one);
	xml_add(x, three);
	assert_ptr_equal(x->first, three);
}

static void copies(void **state)
{
	struct xml *x = xml_new(&a, NS, STR("x")), *y = xml_add_new(&a, x, NS, STR("y")), *copy;
	struct xml *z = xml_add_new(&a, y, STR("urn:z"), STR("z"));

	xml_set(&a, y, STR("k"), STR("v"));
	xml_set(&a, y, STR("l"), STR("w"));
	xml_add_text(&a, y, STR("text"));
	(void)xml_add_new(&a, x, NS, STR("after"));
	copy = xml_copy(&a, y);
	/* It stands alone, and what is behind y is not in it. */
	assert_null(copy->parent);
	assert_null(copy->next);
	xml_set(&a, y, STR("k"), STR("changed"));
	xml_remove(z);
	assert_true(xml_is(copy, NS, STR("y")));
	assert_true(str_eq(xml_attr(copy, STR("k")), STR("v")));
	assert_true(str_eq(xml_attr(copy, STR("l")), STR("w")));
	assert_true(xml_is(copy->first, STR("urn:z"), STR("z")));
	assert_ptr_equal(copy->first->parent, copy);
	assert_true(xml_is_text(copy->last));
	assert_true(str_eq(xml_text(copy, &a), STR("text")));
}

UNIT_TESTS_WITH(xml_tree, begin, end, cmocka_unit_test(finds_children),
		cmocka_unit_test(sets_attributes), cmocka_unit_test(moves_elements),
		cmocka_unit_test(copies));
