/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the control socket. Any thread. */
#include "server/admin/request.h"

#include "base/mem.h"
#include "crypto/secret.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>

static void free_wiped(void *ptr)
{
	if (ptr)
		secret_wipe(ptr, malloc_usable_size(ptr));
	mem_free(ptr);
}

void request_wipe_json(void)
{
	json_set_alloc_funcs(mem_alloc, free_wiped);
}

void request_free_args(json_t *args)
{
	json_decref(args);
}

static enum err __attribute__((format(printf, 3, 4)))
refuse(struct admin_refusal *refusal, const char *code, const char *fmt, ...)
{
	va_list args;

	refusal->code = code;
	va_start(args, fmt);
	(void)vsnprintf(refusal->text, sizeof(refusal->text), fmt, args);
	va_end(args);
	return ERR_INVALID;
}

static const struct admin_command *find(const struct admin_command *const *commands, size_t count,
					struct str words)
{
	for (size_t i = 0; i < count; i++) {
		for (const struct admin_command *c = commands[i]; c->words; c++) {
			if (str_eq(str_from(c->words), words))
				return c;
		}
	}
	return NULL;
}

static const struct admin_arg *find_arg(const struct admin_command *command, const char *name)
{
	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++) {
		if (str_eq(str_from(arg->name), str_from(name)))
			return arg;
	}
	return NULL;
}

static bool is_of_type(const json_t *value, enum admin_arg_type type)
{
	switch (type) {
	case ADMIN_STR:
	case ADMIN_PATH:
	case ADMIN_SECRET:
		return json_is_string(value);
	case ADMIN_INT:
		return json_is_integer(value);
	case ADMIN_BOOL:
		return json_is_boolean(value);
	}
	return false;
}

static enum err check_args(const struct admin_command *command, json_t *args,
			   struct admin_refusal *refusal)
{
	static const char *const names[] = {
		[ADMIN_STR] = "a text",         [ADMIN_INT] = "a whole number",
		[ADMIN_BOOL] = "true or false", [ADMIN_PATH] = "a path",
		[ADMIN_SECRET] = "a text",
	};
	const char *name;
	json_t *value;

	json_object_foreach(args, name, value)
	{
		const struct admin_arg *arg = find_arg(command, name);

		if (!arg)
			return refuse(refusal, "unknown-argument", "%s takes no argument %.64s",
				      command->words, name);
		if (!is_of_type(value, arg->type))
			return refuse(refusal, "wrong-argument", "%s of %s must be %s", arg->name,
				      command->words, names[arg->type]);
	}
	for (const struct admin_arg *arg = command->args; arg && arg->name; arg++) {
		if (arg->is_required && !json_object_get(args, arg->name))
			return refuse(refusal, "missing-argument", "%s needs %s", command->words,
				      arg->name);
	}
	return OK;
}

static enum err check_root(json_t *root, const struct admin_command *const *commands, size_t count,
			   const struct admin_command **ret_command, struct admin_refusal *refusal)
{
	const json_t *words = json_object_get(root, "command");
	json_t *args = json_object_get(root, "args");
	const struct admin_command *command;

	if (!json_is_string(words))
		return refuse(refusal, "invalid-request", "\"command\" must be a text");
	if (args && !json_is_object(args))
		return refuse(refusal, "invalid-request", "\"args\" must be an object");
	if (json_object_size(root) != (args ? 2U : 1U))
		return refuse(refusal, "invalid-request",
			      "only \"command\" and \"args\" are expected");
	command = find(commands, count,
		       str_make(json_string_value(words), json_string_length(words)));
	if (!command)
		return refuse(refusal, "unknown-command", "unknown command: %.64s",
			      json_string_value(words));
	*ret_command = command;
	return check_args(command, args, refusal);
}

enum err request_parse(struct str line, const struct admin_command *const *commands, size_t count,
		       const struct admin_command **ret_command, json_t **ret_args,
		       struct admin_refusal *refusal)
{
	const struct admin_command *command = NULL;
	json_error_t where;
	json_t *root, *args;
	enum err err;

	if (line.len > ADMIN_REQUEST_MAX)
		return refuse(refusal, "invalid-request", "a request has at most %d bytes",
			      ADMIN_REQUEST_MAX);
	root = json_loadb(line.ptr ? line.ptr : "", line.len, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return refuse(refusal, "invalid-request", "not JSON: %.200s", where.text);
	if (!json_is_object(root)) {
		json_decref(root);
		return refuse(refusal, "invalid-request", "a request is an object");
	}
	err = check_root(root, commands, count, &command, refusal);
	if (!err) {
		args = json_object_get(root, "args");
		*ret_command = command;
		*ret_args = args ? json_incref(args) : json_object();
	}
	json_decref(root);
	return err;
}
