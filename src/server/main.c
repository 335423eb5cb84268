/* SPDX-License-Identifier: Apache-2.0 */
/* parleyd: flags, and nothing else. */
#include "server/conf/conf_write.h"
#include "server/docs.h"
#include "server/docs_commands.h"
#include "server/server.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

enum {
	DOCS_MAX = 4 * 1024 * 1024,
	/* An administrator wants another start (docs/operations.md): EX_TEMPFAIL of sysexits.h,
	 * which "on-failure" of a supervisor takes for what it is. */
	EXIT_RESTART = 75,
};

/* What --help shows, and the manual page (tools/gen-man). */
static const struct {
	const char *name, *value; /* value: NULL where there is none */
	int key;
	const char *help;
} flags[] = {
	{ "config", "FILE", 'c', "reads the configuration from FILE" },
	{ "check", NULL, 'k',
	  "says what is wrong with the configuration, or that it is fine; and whether the data are of a newer version" },
	{ "restore", "BACKUP", 'r', "makes the data folder from a backup, while no server runs" },
	{ "sample", NULL, 's', "prints a configuration with every key at its default" },
	{ "docs", "PAGE", 'd', "prints a page: config, features, commands or doap" },
	{ "version", NULL, 'v', "prints the version" },
	{ "help", NULL, 'h', "prints this" },
};

static int usage(FILE *out)
{
	(void)fputs("usage: parleyd [FLAG]...\n", out);
	for (size_t i = 0; i < array_len(flags); i++) {
		const char *value = flags[i].value ? flags[i].value : "";
		int gap = 18 - (int)(strlen(flags[i].name) + strlen(value));

		(void)fprintf(out, "  --%s %s%*s%s\n", flags[i].name, value, gap, "",
			      flags[i].help);
	}
	(void)fputs("Without --config all defaults hold, and the data is in ./parley-data.\n", out);
	return out == stdout ? EXIT_SUCCESS : 2;
}

static int complain(const struct blame *blame)
{
	(void)fprintf(stderr, "parleyd: %s\n", blame->text);
	return EXIT_FAILURE;
}

static int check(const char *path)
{
	struct blame blame = { .text = "" };

	if (server_check(path, &blame))
		return complain(&blame);
	(void)puts("configuration is fine");
	return EXIT_SUCCESS;
}

static int show(const struct sbuf *out, enum err e)
{
	if (e)
		return EXIT_FAILURE;
	return fwrite(out->ptr, 1, out->len, stdout) == out->len ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_conf(enum err (*write)(struct sbuf *, const struct conf_table *const *, size_t))
{
	struct sbuf out scoped(sbuf_done) = SBUF(DOCS_MAX);
	size_t count;
	const struct conf_table *const *tables = server_conf_tables(&count);

	return show(&out, write(&out, tables, count));
}

static int print_docs(struct str page)
{
	struct sbuf out scoped(sbuf_done) = SBUF(DOCS_MAX);

	if (str_eq(page, STR("config")))
		return print_conf(conf_write_markdown);
	if (str_eq(page, STR("features")))
		return show(&out, docs_write_features(&out));
	if (str_eq(page, STR("doap")))
		return show(&out, docs_write_doap(&out));
	if (str_eq(page, STR("commands")))
		return show(&out, docs_write_commands(&out));
	return usage(stderr);
}

static int run(const char *config)
{
	struct blame blame = { .text = "" };
	bool wants_restart = false;

	if (server_run(config, &wants_restart, &blame))
		return complain(&blame);
	return wants_restart ? EXIT_RESTART : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct option options[array_len(flags) + 1] = { { 0 } };
	const char *config = NULL, *docs = NULL, *backup = NULL;
	struct blame blame = { .text = "" };
	int option, mode = 0;

	for (size_t i = 0; i < array_len(flags); i++)
		options[i] = (struct option){ flags[i].name,
					      flags[i].value ? required_argument : no_argument,
					      NULL, flags[i].key };
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			config = optarg;
		else if (option == 'd')
			docs = optarg;
		else if (option == 'r')
			backup = optarg;
		else if (option == '?')
			return usage(stderr);
		if (option != 'c')
			mode = option;
	}
	if (mode == 'h' || optind < argc)
		return usage(mode == 'h' ? stdout : stderr);
	if (mode == 'v')
		return puts("parleyd " PARLEY_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (mode == 'k')
		return check(config);
	if (mode == 'r')
		return server_restore(config, backup, &blame) ? complain(&blame) : EXIT_SUCCESS;
	if (mode == 's')
		return print_conf(conf_write_sample);
	if (mode == 'd')
		return print_docs(str_from(docs));
	return run(config);
}
