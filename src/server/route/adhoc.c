/* SPDX-License-Identifier: Apache-2.0 */
/* What commands say, see adhoc.h. */
#include "server/route/adhoc.h"

#include "xmpp/condition.h"
#include "xmpp/ns.h"

/* ---- forms ---- */

static struct xml *form_begin(struct adhoc *x, struct str type)
{
	x->form = xml_new(x->arena, NS_DATA, STR("x"));
	xml_set(x->arena, x->form, STR("type"), type);
	return x->form;
}

static void add_form_type(struct adhoc *x)
{
	form_add_field(x->arena, x->form, STR("FORM_TYPE"), STR("hidden"), x->command->form_type);
}

void adhoc_form(struct adhoc *x, struct str title, struct str instructions)
{
	struct xml *form = form_begin(x, STR("form"));

	(void)xml_add_text_el(x->arena, form, NS_DATA, STR("title"), title);
	(void)xml_add_text_el(x->arena, form, NS_DATA, STR("instructions"), instructions);
	add_form_type(x);
}

struct xml *adhoc_field(struct adhoc *x, struct str var, struct str type, struct str label)
{
	return form_add(x->arena, x->form, var, type, label);
}

struct xml *adhoc_required(struct adhoc *x, struct str var, struct str type, struct str label)
{
	struct xml *field = adhoc_field(x, var, type, label);

	form_require(x->arena, field);
	return field;
}

static const struct adhoc_field *find(const struct adhoc *x, struct str var)
{
	for (size_t i = 0; i < array_len(x->values); i++) {
		for (const struct adhoc_field *f = x->values[i].first; f; f = f->next) {
			if (str_eq(f->var, var))
				return f;
		}
	}
	return NULL;
}

struct str adhoc_value(const struct adhoc *x, struct str var)
{
	const struct adhoc_field *f = find(x, var);

	return f && f->count ? str_trim(f->values[0]) : STR_NONE;
}

size_t adhoc_values_of(const struct adhoc *x, struct str var, const struct str **ret_values)
{
	const struct adhoc_field *f = find(x, var);

	if (!f)
		return 0;
	*ret_values = f->values;
	return f->count;
}

bool adhoc_bool(const struct adhoc *x, struct str var, bool otherwise)
{
	struct str value = adhoc_value(x, var);

	if (str_eq(value, STR("1")) || str_eq(value, STR("true")))
		return true;
	if (str_eq(value, STR("0")) || str_eq(value, STR("false")))
		return false;
	return otherwise;
}

/* ---- answers ---- */

static struct xml *answer_new(struct adhoc *x, struct str status)
{
	struct xml *command;

	x->answer = reply_result(x->arena, &x->request);
	command = xml_add_new(x->arena, x->answer, NS_COMMANDS, STR("command"));
	xml_set(x->arena, command, STR("node"), x->command->node);
	xml_set(x->arena, command, STR("sessionid"), x->id);
	xml_set(x->arena, command, STR("status"), status);
	xml_set_ns(x->arena, command, XML_NS_XML, STR("lang"), STR("en"));
	return command;
}

/* XEP-0050 3.4: execute says what the plain action stands for. */
static void add_actions(struct adhoc *x, struct xml *command)
{
	bool is_last = x->stage + 1 == x->command->stage_count;
	struct str forward = is_last ? STR("complete") : STR("next");
	struct xml *actions = xml_add_new(x->arena, command, NS_COMMANDS, STR("actions"));

	xml_set(x->arena, actions, STR("execute"), forward);
	if (x->stage > 0)
		(void)xml_add_new(x->arena, actions, NS_COMMANDS, STR("prev"));
	(void)xml_add_new(x->arena, actions, NS_COMMANDS, forward);
}

void adhoc_ask(struct adhoc *x)
{
	struct xml *command = answer_new(x, STR("executing"));

	must(x->stage < x->command->stage_count);
	add_actions(x, command);
	xml_add(command, x->form);
	x->deliver(x);
}

void adhoc_result(struct adhoc *x)
{
	(void)form_begin(x, STR("result"));
	add_form_type(x);
}

static void finish(struct adhoc *x, struct str type, struct str note)
{
	struct xml *command = answer_new(x, STR("completed"));

	if (note.len)
		xml_set(x->arena,
			xml_add_text_el(x->arena, command, NS_COMMANDS, STR("note"), note),
			STR("type"), type);
	if (x->form && str_eq(xml_attr(x->form, STR("type")), STR("result")))
		xml_add(command, x->form);
	x->is_over = true;
	x->deliver(x);
}

void adhoc_done(struct adhoc *x, struct str note)
{
	finish(x, STR("info"), note);
}

void adhoc_failed(struct adhoc *x, struct str note)
{
	finish(x, STR("error"), note);
}

void adhoc_failed_err(struct adhoc *x, enum err err)
{
	adhoc_failed(x, str_from(err_text(err)));
}
