/* SPDX-License-Identifier: Apache-2.0 */
/* The command line against the server's table of commands ("help"): words ->
 * {"command":…,"args":{…}}. One thread. */
#pragma once

#include "base/str.h"

#include <jansson.h>

/* What is wrong with the command line, for people. */
struct words_fault {
	char text[512];
};

/* Finds the command that the first words name (the longest that fits) and reads the rest as its
 * arguments: positional ones in their order, "--name", "--name VALUE", "--name=VALUE"; "--" ends
 * the options. Secrets are left out, *ret_secret is the name of the one to be asked for, or NULL (a
 * view into table). *ret_request is the caller's. ERR_NOT_FOUND: no such command; ERR_INVALID. */
must_check enum err words_parse(const json_t *table, const char *const *words, size_t count,
				json_t **ret_request, const char **ret_secret,
				struct words_fault *fault);

/* The row of the command that the first words name, or NULL; *ret_count: how many words it has. */
const json_t *words_find(const json_t *table, const char *const *words, size_t count,
			 size_t *ret_count);
