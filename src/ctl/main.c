/* SPDX-License-Identifier: Apache-2.0 */
/* parleyctl: administration of the running server over its control socket. What commands there are,
 * the server says; "restore" alone is carried out here, where no server runs. */
#include "base/mem.h"
#include "ctl/password.h"
#include "ctl/print.h"
#include "ctl/restore.h"
#include "ctl/wire.h"
#include "ctl/words.h"
#include "server/conf/conf_text.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#ifndef PARLEY_SYSTEM_CONFIG
#define PARLEY_SYSTEM_CONFIG ""
#endif

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,     /* the server said no */
	EXIT_USAGE = 2,       /* the command line is wrong */
	EXIT_NOT_RUNNING = 3, /* there is no server to talk to */
	EXIT_BROKEN = 4,      /* the talk with the server broke off */
};

enum { WORDS_MAX = 64, ARENA_LIMIT = 64 * 1024 };

struct options {
	const char *config; /* NULL: the server's default data folder, or the system's */
	bool is_json, is_help;
	const char *words[WORDS_MAX]; /* borrowed from argv */
	size_t count;
};

static int say(enum exit_code code, const char *text)
{
	(void)fprintf(stderr, "parleyctl: %s\n", text);
	return (int)code;
}

static bool wrong(const char *text)
{
	(void)say(EXIT_USAGE, text); /* its caller ends with that code */
	return false;
}

/* False: the command line is wrong, and the reason was said. */
static bool read_options(int argc, char **argv, struct options *o)
{
	bool is_ended = false;

	for (int i = 1; i < argc; i++) {
		struct str word = str_from(argv[i]);

		if (!is_ended && str_eq(word, STR("--config"))) {
			if (++i == argc)
				return wrong("--config needs a file");
			o->config = argv[i];
		} else if (!is_ended && str_starts(word, STR("--config="))) {
			o->config = argv[i] + 9;
		} else if (!is_ended && str_eq(word, STR("--json"))) {
			o->is_json = true;
		} else if (!is_ended && (str_eq(word, STR("--help")) || str_eq(word, STR("-h")))) {
			o->is_help = true;
		} else {
			is_ended = is_ended || str_eq(word, STR("--"));
			if (o->count == WORDS_MAX)
				return wrong("too many words");
			o->words[o->count++] = argv[i];
		}
	}
	if (o->count > 0 && str_eq(str_from(o->words[0]), STR("help"))) {
		o->is_help = true;
		o->count--;
		memmove(o->words, o->words + 1, o->count * sizeof(o->words[0]));
	}
	o->is_help = o->is_help || o->count == 0;
	return true;
}

/* The configuration of the package, where nothing else was meant. */
static const char *system_config(void)
{
	bool is_wanted = PARLEY_SYSTEM_CONFIG[0] && access("parley-data", F_OK) != 0;

	return is_wanted && access(PARLEY_SYSTEM_CONFIG, F_OK) == 0 ? PARLEY_SYSTEM_CONFIG : NULL;
}

/* The folder of the server's data, as a C string in the arena. */
static bool find_folder(const struct options *o, struct arena *arena, const char **ret_folder)
{
	struct str data_dir = STR("parley-data");
	struct blame blame;

	if (!o->config) {
		*ret_folder = "./parley-data";
		return true;
	}
	if (conf_text_peek(o->config, "data_dir", data_dir, arena, &data_dir, &blame))
		return wrong(blame.text);
	if (!str_starts(data_dir, STR("/")))
		data_dir = ARENA_JOIN(arena, conf_text_folder(arena, str_from(o->config)), STR("/"),
				      data_dir);
	*ret_folder = arena_dup(arena, data_dir).ptr;
	return true;
}

static int connect_failed(const char *folder, enum err err)
{
	if (err == ERR_DENIED)
		(void)fprintf(stderr,
			      "parleyctl: the control socket in %s is not yours: only root and the "
			      "owner of the server may use it\n",
			      folder);
	else
		(void)fprintf(
			stderr,
			"parleyctl: parleyd does not run on %s (%s). All commands, \"user "
			"add\" too, are carried out by the running server: start it first, or "
			"name its configuration with --config FILE\n",
			folder,
			err == ERR_CLOSED ? "nobody answers on its control socket" : err_text(err));
	return EXIT_NOT_RUNNING;
}

static int write_out(struct sbuf *out)
{
	bool is_written = fwrite(out->ptr ? out->ptr : "", 1, out->len, stdout) == out->len;

	if (out->err || !is_written || fflush(stdout) != 0)
		return say(EXIT_BROKEN, "the answer could not be written");
	return EXIT_OK;
}

static int print_json(const json_t *value)
{
	if (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0 ||
	    fputs("\n", stdout) < 0 || fflush(stdout) != 0)
		return say(EXIT_BROKEN, "the answer could not be written");
	return EXIT_OK;
}

/* Asks and tells the answer's fault, if it has one. *ret_result (or what stands for it with --json)
 * is the caller's. */
static int ask(int fd, json_t *take_request, bool is_json, json_t **ret_result)
{
	struct sbuf text scoped(sbuf_done) = SBUF(KIB);
	json_t *answer, *error;
	enum err err = wire_ask(fd, take_request, &answer);

	if (err) {
		(void)fprintf(stderr, "parleyctl: no answer from the server: %s\n", err_text(err));
		return EXIT_BROKEN;
	}
	if (json_is_true(json_object_get(answer, "ok"))) {
		*ret_result = json_incref(json_object_get(answer, "result"));
		json_decref(answer);
		return EXIT_OK;
	}
	error = json_object_get(answer, "error");
	if (is_json) {
		json_t *whole = json_pack("{s:O}", "error", error);

		(void)print_json(whole); /* the exit code tells already */
		json_decref(whole);
	}
	if (print_result(&text, json_object_get(error, "text")) == OK)
		(void)fprintf(stderr, "parleyctl: %.*s", STR_ARG(sbuf_str(&text)));
	json_decref(answer);
	return EXIT_REFUSED;
}

/* Adds the password to the request. */
static int add_secret(json_t *request, const char *name)
{
	char password[PASSWORD_MAX];
	enum err err = password_read(password);
	json_t *text;

	if (err == ERR_INVALID)
		return say(EXIT_USAGE, "the two passwords are not the same");
	if (err == ERR_CLOSED)
		return say(EXIT_USAGE, "no password was given: it is read from stdin");
	if (err == ERR_TOO_BIG)
		return say(EXIT_USAGE, "the password is too long");
	if (err)
		return say(EXIT_USAGE, err_text(err));
	text = json_string(password);
	explicit_bzero(password, sizeof(password));
	if (!text)
		return say(EXIT_USAGE, "the password is not UTF-8");
	json_object_set_new(json_object_get(request, "args"), name, text);
	return EXIT_OK;
}

static int print_help(const struct options *o, const json_t *table)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PRINT_MAX);
	const json_t *row;
	size_t used;

	if (o->is_json)
		return print_json(table);
	row = words_find(table, o->words, o->count, &used);
	if (o->count > 0 && !row)
		return say(EXIT_USAGE, "no such command; parleyctl help lists them");
	if (row)
		print_usage(&out, row);
	else
		print_commands(&out, table);
	return write_out(&out);
}

static int run_command(int fd, const struct options *o, const json_t *table)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PRINT_MAX);
	struct words_fault fault;
	const char *secret = NULL;
	json_t *request, *result;
	int code;

	if (words_parse(table, o->words, o->count, &request, &secret, &fault)) {
		(void)say(EXIT_USAGE, fault.text); /* the next line tells the code */
		return say(EXIT_USAGE, "parleyctl help lists the commands");
	}
	if (secret) {
		code = add_secret(request, secret);
		if (code) {
			json_decref(request);
			return code;
		}
	}
	code = ask(fd, request, o->is_json, &result);
	if (code)
		return code;
	if (o->is_json) {
		code = print_json(result);
	} else {
		print_result(&out, result);
		if (isatty(STDOUT_FILENO))
			print_qr(&out, result); /* what fails sticks to out */
		code = write_out(&out);
	}
	json_decref(result);
	return code;
}

static int talk(int fd, const struct options *o)
{
	json_t *table;
	int code = ask(fd, json_pack("{s:s}", "command", "help"), false, &table);

	if (code)
		return code;
	code = o->is_help ? print_help(o, table) : run_command(fd, o, table);
	json_decref(table);
	return code;
}

static bool is_restore(const struct options *o)
{
	return o->count > 0 && str_eq(str_from(o->words[0]), STR("restore"));
}

/* No server runs on folder. */
static int restore(const struct options *o, const char *folder, struct arena *arena)
{
	struct blame blame = { .text = "" };
	struct str domain = STR("localhost");
	json_t *result;
	int code;

	if (o->is_help || o->count != 2)
		return say(EXIT_USAGE,
			   "restore PATH: makes the data folder from the backup at PATH");
	if (o->config && conf_text_peek(o->config, "domain", domain, arena, &domain, &blame))
		return say(EXIT_USAGE, blame.text);
	if (restore_offline(o->words[1], str_from(folder), domain, o->is_json, &result, &blame))
		return say(EXIT_REFUSED, blame.text);
	if (o->is_json)
		code = print_json(result);
	else
		code = fputs(json_string_value(result), stdout) < 0 || fflush(stdout) != 0
			       ? say(EXIT_BROKEN, "the answer could not be written")
			       : EXIT_OK;
	json_decref(result);
	return code;
}

int main(int argc, char **argv)
{
	struct options options = { .config = NULL };
	struct arena arena scoped(arena_done) = { 0 };
	const char *folder;
	enum err err;
	int fd, code;

	arena_init(&arena, ARENA_LIMIT);
	if (!read_options(argc, argv, &options))
		return EXIT_USAGE;
	if (!options.config)
		options.config = system_config();
	if (!find_folder(&options, &arena, &folder))
		return EXIT_USAGE;
	err = wire_connect(folder, &fd);
	if (is_restore(&options) && (err == ERR_NOT_FOUND || err == ERR_CLOSED))
		return restore(&options, folder, &arena);
	if (err)
		return connect_failed(folder, err);
	code = talk(fd, &options);
	(void)close(fd); /* all answers have come */
	return code;
}
