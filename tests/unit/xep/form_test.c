/* SPDX-License-Identifier: Apache-2.0 */
/* xep/form: forms as they go over the wire, what is read out of them, and what is refused. */
#include "xep/form.h"

#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 8 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct xml *parse(const char *text)
{
	static const struct xml_limits limits = { .stanza_bytes = 100000,
						  .depth = 20,
						  .attrs = 20,
						  .name_bytes = 200,
						  .children = 5000 };
	const struct xml_scope scope = { .default_ns = NS_DATA };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

static void writes(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct xml *form = form_new(&arena, STR("form"), STR("t"));
	struct xml *field = form_add(&arena, form, STR("a"), STR("list-single"), STR("An a"));

	form_add_value(&arena, field, STR("1"));
	form_add_option(&arena, field, STR("1"), STR("One"));
	form_require(&arena, field);
	form_add_field(&arena, form, STR("b"), STR_NONE, STR("2"));
	assert_int_equal(xml_write(&out, form, NS_DATA), OK);
	(void)sbuf_add_char(&out, '\0');
	assert_string_equal(
		out.ptr, "<x type='form'><field var='FORM_TYPE' type='hidden'><value>t</value>"
			 "</field><field var='a' type='list-single' label='An a'><value>1</value>"
			 "<option label='One'><value>1</value></option><required/></field>"
			 "<field var='b'><value>2</value></field></x>");
	assert_int_equal(form_check(form), OK);
}

static void reads(void **state)
{
	struct xml *form =
		parse("<x type='submit'><field var='FORM_TYPE'><value>t</value></field>"
		      "<field var='many'><value>1</value><value/><value>3</value></field>"
		      "<field var='yes'><value> true </value></field>"
		      "<field var='no'><value>0</value></field>"
		      "<field var='odd'><value>maybe</value></field>"
		      "<field var='none'/></x>");
	const struct str *values = NULL;
	bool b = false;

	assert_true(str_eq(form_type_of(form, &arena), STR("t")));
	assert_int_equal(form_values(form, STR("many"), &arena, &values), 3);
	assert_true(str_eq(values[0], STR("1")) && values[1].len == 0 &&
		    str_eq(values[2], STR("3")));
	assert_int_equal(form_values(form, STR("gone"), &arena, &values), 0);
	assert_true(str_eq(form_value(form, STR("many"), &arena), STR("1")));
	assert_false(str_is_set(form_value(form, STR("none"), &arena)));
	assert_false(str_is_set(form_value(form, STR("gone"), &arena)));
	assert_int_equal(form_bool(form, STR("yes"), &b), OK);
	assert_true(b);
	assert_int_equal(form_bool(form, STR("no"), &b), OK);
	assert_false(b);
	assert_int_equal(form_bool(form, STR("odd"), &b), ERR_INVALID);
	assert_int_equal(form_bool(form, STR("none"), &b), ERR_NOT_FOUND);
	assert_int_equal(form_bool(form, STR("gone"), &b), ERR_NOT_FOUND);
}

static void finds_what_was_submitted(void **state)
{
	struct xml *holder = parse("<q><x type='form'/><x type='submit'><field var='FORM_TYPE'>"
				   "<value>other</value></field></x><x type='submit'>"
				   "<field var='FORM_TYPE'><value>t</value></field></x></q>");

	assert_ptr_equal(form_submitted(holder, STR("t"), &arena), holder->last);
	assert_null(form_submitted(holder, STR("u"), &arena));
	holder = parse("<q><x type='submit'/></q>");
	assert_ptr_equal(form_submitted(holder, STR("t"), &arena), holder->first);
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"<x/>",
		"<x type='other'/>",
		"<y type='form'/>",
		"<x type='submit'><field/></x>",
		"<x type='submit'><field var='a'/><field var='a'/></x>",
	};
	struct xml *form = form_new(&arena, STR("submit"), STR_NONE), *field;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(form_check(parse(bad[i])), ERR_INVALID);
	assert_int_equal(form_check(parse("<x type='form'><field type='fixed'/></x>")), OK);
	assert_int_equal(form_check(NULL), ERR_INVALID);
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		(void)form_add(&arena, form, arena_printf(&arena, "f%d", i), STR_NONE, STR_NONE);
	assert_int_equal(form_check(form), OK);
	field = form_add(&arena, form, STR("last"), STR_NONE, STR_NONE);
	assert_int_equal(form_check(form), ERR_TOO_BIG);
	form = form_new(&arena, STR("submit"), STR_NONE);
	field = form_add(&arena, form, STR("v"), STR_NONE, STR_NONE);
	for (int i = 0; i <= FORM_VALUES_MAX; i++)
		form_add_value(&arena, field, STR("x"));
	assert_int_equal(form_check(form), ERR_TOO_BIG);
}

UNIT_TESTS_WITH(xep_form, set_up, tear_down, cmocka_unit_test(writes), cmocka_unit_test(reads),
		cmocka_unit_test(finds_what_was_submitted), cmocka_unit_test(refuses));
