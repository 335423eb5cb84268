/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as a request. One thread. */
#include "ctl/words.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

struct parse {
	const json_t *row; /* of the command */
	json_t *args;
	size_t positional; /* how many were given */
	struct words_fault *fault;
};

static enum err __attribute__((format(printf, 3, 4)))
fail(struct words_fault *fault, enum err err, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(fault->text, sizeof(fault->text), fmt, list);
	va_end(list);
	return err;
}

static struct str text_of(const json_t *row, const char *key)
{
	return str_from(json_string_value(json_object_get(row, key)));
}

/* How many of words the command's name has, when they begin with it; 0 otherwise. */
static size_t fits(struct str name, const char *const *words, size_t count)
{
	struct str part;
	size_t n = 0;

	while (str_split(&name, ' ', &part)) {
		if (n == count || !str_eq(part, str_from(words[n])))
			return 0;
		n++;
	}
	return n;
}

const json_t *words_find(const json_t *table, const char *const *words, size_t count,
			 size_t *ret_count)
{
	const json_t *found = NULL;
	size_t most = 0;

	for (size_t i = 0; i < json_array_size(table); i++) {
		const json_t *row = json_array_get(table, i);
		size_t n = fits(text_of(row, "command"), words, count);

		if (n > most) {
			most = n;
			found = row;
		}
	}
	if (found)
		*ret_count = most;
	return found;
}

static const json_t *find_option(const struct parse *p, struct str name)
{
	const json_t *args = json_object_get(p->row, "args");

	for (size_t i = 0; i < json_array_size(args); i++) {
		const json_t *arg = json_array_get(args, i);

		if (str_eq(text_of(arg, "name"), name))
			return arg;
	}
	return NULL;
}

static const json_t *next_positional(const struct parse *p)
{
	const json_t *args = json_object_get(p->row, "args");
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(args); i++) {
		const json_t *arg = json_array_get(args, i);

		if (json_is_true(json_object_get(arg, "positional")) && n++ == p->positional)
			return arg;
	}
	return NULL;
}

/* The server's own folder is another one. */
static json_t *absolute(struct str path)
{
	char here[PATH_MAX];

	if (!path.len || path.ptr[0] == '/' || !getcwd(here, sizeof(here)))
		return json_stringn(path.ptr, path.len);
	return json_sprintf("%s/%.*s", here, STR_ARG(path));
}

static enum err set(struct parse *p, const json_t *arg, struct str value)
{
	struct str name = text_of(arg, "name");
	struct str type = text_of(arg, "type");
	json_t *json = NULL;
	int64_t number;

	if (str_eq(type, STR("number")) && str_to_i64(value, &number) == OK)
		json = json_integer(number);
	else if (str_eq(type, STR("path")))
		json = absolute(value);
	else if (str_eq(type, STR("text")))
		json = json_stringn(value.ptr, value.len);
	if (!json)
		return fail(p->fault, ERR_INVALID, "%.*s must be a %.*s, not \"%.*s\"",
			    STR_ARG(name), STR_ARG(type), STR_ARG(str_sub(value, 0, 100)));
	json_object_set_new(p->args, name.ptr, json);
	return OK;
}

/* An option; *at is its word, and moves to the one that is its value. */
static enum err take_option(struct parse *p, const char *const *words, size_t count, size_t *at)
{
	struct str word = str_from_at(str_from(words[*at]), 2);
	ptrdiff_t equals = str_index(word, '=');
	struct str name = equals < 0 ? word : str_sub(word, 0, (size_t)equals);
	const json_t *arg = find_option(p, name);
	struct str type = text_of(arg, "type");

	if (!arg)
		return fail(p->fault, ERR_INVALID, "unknown option --%.*s",
			    STR_ARG(str_sub(name, 0, 100)));
	if (str_eq(type, STR("secret")))
		return fail(p->fault, ERR_INVALID,
			    "%.*s is read from stdin, never from the command line, where others "
			    "can see it",
			    STR_ARG(name));
	if (str_eq(type, STR("switch"))) {
		if (equals >= 0)
			return fail(p->fault, ERR_INVALID, "--%.*s takes no value", STR_ARG(name));
		json_object_set_new(p->args, text_of(arg, "name").ptr, json_true());
		return OK;
	}
	if (equals >= 0)
		return set(p, arg, str_from_at(word, (size_t)equals + 1));
	if (*at + 1 == count)
		return fail(p->fault, ERR_INVALID, "--%.*s needs a value", STR_ARG(name));
	return set(p, arg, str_from(words[++*at]));
}

static enum err take_words(struct parse *p, const char *const *words, size_t count)
{
	bool is_ended = false;

	for (size_t i = 0; i < count; i++) {
		struct str word = str_from(words[i]);
		const json_t *arg;
		enum err err;

		if (!is_ended && str_eq(word, STR("--"))) {
			is_ended = true;
			continue;
		}
		if (!is_ended && str_starts(word, STR("--"))) {
			err = take_option(p, words, count, &i);
		} else {
			arg = next_positional(p);
			if (!arg)
				return fail(p->fault, ERR_INVALID, "one word too many: \"%.*s\"",
					    STR_ARG(str_sub(word, 0, 100)));
			p->positional++;
			err = set(p, arg, word);
		}
		if (err)
			return err;
	}
	return OK;
}

/* Looks for what is missing. */
static enum err check_whole(const struct parse *p, const char **ret_secret)
{
	const json_t *args = json_object_get(p->row, "args");
	const char *asked = NULL;

	for (size_t i = 0; i < json_array_size(args); i++) {
		const json_t *arg = json_array_get(args, i);
		struct str name = text_of(arg, "name");

		if (str_eq(text_of(arg, "type"), STR("secret")))
			asked = name.ptr;
		else if (json_is_true(json_object_get(arg, "required")) &&
			 !json_object_get(p->args, name.ptr))
			return fail(p->fault, ERR_INVALID, "%s is missing", name.ptr);
	}
	*ret_secret = asked;
	return OK;
}

enum err words_parse(const json_t *table, const char *const *words, size_t count,
		     json_t **ret_request, const char **ret_secret, struct words_fault *fault)
{
	struct parse p = { .fault = fault };
	size_t n = 0;
	enum err err;

	p.row = words_find(table, words, count, &n);
	if (!p.row)
		return fail(fault, ERR_NOT_FOUND, "unknown command: %.100s%s%.100s",
			    count ? words[0] : "", count > 1 ? " " : "", count > 1 ? words[1] : "");
	p.args = json_object();
	err = take_words(&p, words + n, count - n);
	if (!err)
		err = check_whole(&p, ret_secret);
	if (err) {
		json_decref(p.args);
		return err;
	}
	*ret_request = json_pack("{s:O, s:o}", "command", json_object_get(p.row, "command"), "args",
				 p.args);
	must(*ret_request != NULL);
	return OK;
}
