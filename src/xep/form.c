/* SPDX-License-Identifier: Apache-2.0 */
/* Data forms, see form.h. */
#include "xep/form.h"

#include "xmpp/ns.h"

/* ---- writing ---- */

struct xml *form_new(struct arena *a, struct str type, struct str form_type)
{
	struct xml *form = xml_new(a, NS_DATA, STR("x"));

	xml_set(a, form, STR("type"), type);
	if (str_is_set(form_type))
		form_add_field(a, form, STR("FORM_TYPE"), STR("hidden"), form_type);
	return form;
}

struct xml *form_add(struct arena *a, struct xml *form, struct str var, struct str type,
		     struct str label)
{
	struct xml *field = xml_add_new(a, form, NS_DATA, STR("field"));

	xml_set(a, field, STR("var"), var);
	if (str_is_set(type))
		xml_set(a, field, STR("type"), type);
	if (str_is_set(label))
		xml_set(a, field, STR("label"), label);
	return field;
}

void form_add_value(struct arena *a, struct xml *field, struct str value)
{
	(void)xml_add_text_el(a, field, NS_DATA, STR("value"), value);
}

void form_add_option(struct arena *a, struct xml *field, struct str value, struct str label)
{
	struct xml *option = xml_add_new(a, field, NS_DATA, STR("option"));

	if (str_is_set(label))
		xml_set(a, option, STR("label"), label);
	form_add_value(a, option, value);
}

void form_require(struct arena *a, struct xml *field)
{
	(void)xml_add_new(a, field, NS_DATA, STR("required"));
}

void form_add_field(struct arena *a, struct xml *form, struct str var, struct str type,
		    struct str value)
{
	form_add_value(a, form_add(a, form, var, type, STR_NONE), value);
}

/* ---- reading ---- */

static bool is_field(const struct xml *x)
{
	return xml_is(x, NS_DATA, STR("field"));
}

struct xml *form_field(const struct xml *form, struct str var)
{
	xml_each (child, form) {
		if (is_field(child) && str_eq(xml_attr(child, STR("var")), var))
			return child;
	}
	return NULL;
}

struct str form_value(const struct xml *form, struct str var, struct arena *a)
{
	const struct xml *field = form_field(form, var);

	return field ? xml_child_text(field, NS_DATA, STR("value"), a) : STR_NONE;
}

size_t form_values(const struct xml *form, struct str var, struct arena *a,
		   const struct str **ret_values)
{
	const struct xml *field = form_field(form, var);
	struct str *values;
	size_t count = 0;

	if (!field)
		return 0;
	xml_each (child, field)
		count += xml_is(child, NS_DATA, STR("value"));
	if (count > FORM_VALUES_MAX)
		count = FORM_VALUES_MAX;
	values = arena_alloc(a, (count + 1) * sizeof(*values));
	count = 0;
	xml_each (child, field) {
		if (xml_is(child, NS_DATA, STR("value")) && count < FORM_VALUES_MAX)
			values[count++] = xml_text(child, a);
	}
	*ret_values = values;
	return count;
}

struct str form_type_of(const struct xml *form, struct arena *a)
{
	return form_value(form, STR("FORM_TYPE"), a);
}

struct xml *form_submitted(const struct xml *parent, struct str form_type, struct arena *a)
{
	xml_each (child, parent) {
		struct str type;

		if (!xml_is(child, NS_DATA, STR("x")) ||
		    !str_eq(xml_attr(child, STR("type")), STR("submit")))
			continue;
		type = form_type_of(child, a);
		if (!str_is_set(type) || str_eq(type, form_type))
			return child;
	}
	return NULL;
}

static bool is_known_type(struct str type)
{
	static const struct str types[] = { STR_INIT("form"), STR_INIT("submit"),
					    STR_INIT("cancel"), STR_INIT("result") };

	for (size_t i = 0; i < array_len(types); i++) {
		if (str_eq(type, types[i]))
			return true;
	}
	return false;
}

static enum err check_field(const struct xml *form, const struct xml *field)
{
	struct str var = xml_attr(field, STR("var"));
	size_t values = 0;

	if (!str_is_set(var))
		return str_eq(xml_attr(field, STR("type")), STR("fixed")) ? OK : ERR_INVALID;
	if (form_field(form, var) != field)
		return ERR_INVALID;
	xml_each (child, field)
		values += xml_is(child, NS_DATA, STR("value"));
	return values > FORM_VALUES_MAX ? ERR_TOO_BIG : OK;
}

enum err form_check(const struct xml *form)
{
	size_t fields = 0;

	if (!xml_is(form, NS_DATA, STR("x")) || !is_known_type(xml_attr(form, STR("type"))))
		return ERR_INVALID;
	xml_each (child, form) {
		enum err err;

		if (!is_field(child))
			continue;
		err = ++fields > FORM_FIELDS_MAX ? ERR_TOO_BIG : check_field(form, child);
		if (err)
			return err;
	}
	return OK;
}

enum err form_bool(const struct xml *form, struct str var, bool *ret_bool)
{
	const struct xml *field = form_field(form, var);
	const struct xml *value = field ? xml_child(field, NS_DATA, STR("value")) : NULL;
	struct str text;

	if (!value)
		return ERR_NOT_FOUND;
	if (!value->first || value->first != value->last || !xml_is_text(value->first))
		return ERR_INVALID;
	text = str_trim(value->first->text);
	if (str_eq(text, STR("1")) || str_eq(text, STR("true")))
		*ret_bool = true;
	else if (str_eq(text, STR("0")) || str_eq(text, STR("false")))
		*ret_bool = false;
	else
		return ERR_INVALID;
	return OK;
}
