/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and answers of commands. Runs on the loop of the control socket. */
#include "server/admin/call.h"

#include "server/model/account.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { TEXT_MAX = 512 /* bytes of an error's text */ };

struct str admin_arg_str(const struct admin_call *call, const char *name)
{
	const json_t *arg = json_object_get(call->args, name);

	if (!json_is_string(arg))
		return STR_NONE;
	return str_make(json_string_value(arg), json_string_length(arg));
}

bool admin_arg_bool(const struct admin_call *call, const char *name)
{
	return json_is_true(json_object_get(call->args, name));
}

int64_t admin_arg_int(const struct admin_call *call, const char *name, int64_t otherwise)
{
	const json_t *arg = json_object_get(call->args, name);

	return json_is_integer(arg) ? json_integer_value(arg) : otherwise;
}

void admin_reply(struct admin_call *call, json_t *result)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_true());
	json_object_set_new(answer, "result", result ? result : json_null());
	call->answer(call, answer);
}

void admin_fail(struct admin_call *call, const char *code, const char *fmt, ...)
{
	char text[TEXT_MAX];
	json_t *answer = json_object();
	json_t *error = json_object();
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_object_set_new(error, "code", json_string(code));
	json_object_set_new(error, "text", admin_json_str(str_from(text)));
	json_object_set_new(answer, "ok", json_false());
	json_object_set_new(answer, "error", error);
	call->answer(call, answer);
}

void admin_fail_err(struct admin_call *call, enum err e, struct str what)
{
	const char *code;

	switch (e) {
	case ERR_NOT_FOUND:
		code = "not-found";
		break;
	case ERR_EXISTS:
		code = "exists";
		break;
	case ERR_BUSY:
		code = "busy";
		break;
	case ERR_INVALID:
	case ERR_TOO_BIG:
		code = "invalid";
		break;
	case ERR_DENIED:
		code = "denied";
		break;
	default:
		code = "failed";
		break;
	}
	admin_fail(call, code, "%.*s: %s", STR_ARG(str_sub(what, 0, TEXT_MAX / 2)), err_text(e));
}

json_t *admin_json_str(struct str s)
{
	json_t *text = json_stringn(s.ptr ? s.ptr : "", s.len);

	/* A text that was cut to its limit may end inside of a character. */
	for (unsigned i = 0; !text && i < 3 && s.len > 0; i++)
		text = json_stringn(s.ptr, --s.len);
	return text ? text : json_string("");
}

json_t *admin_json_time(usec_t wall)
{
	time_t seconds = (time_t)(wall / USEC_PER_SEC);
	char text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

bool admin_owner(struct admin_call *call, struct arena *a, struct str *ret_owner)
{
	struct str text = admin_arg_str(call, "jid");
	enum err err = account_owner_parse(a, text, call->config->domain, ret_owner);

	if (!err)
		return true;
	if (err == ERR_NOT_FOUND)
		admin_fail(call, "not-found", "this server serves %.*s only",
			   STR_ARG(call->config->domain));
	else
		admin_fail(call, "invalid", "\"%.*s\" cannot be the address of an account",
			   STR_ARG(str_sub(text, 0, 128)));
	return false;
}
