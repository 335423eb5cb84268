/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the control socket: {"command":"user list","args":{…}}, checked against the table of
 * commands. Any thread. */
#pragma once

#include "server/admin/call.h"

enum { ADMIN_REQUEST_MAX = 64 * 1024 /* bytes of a line */ };

/* What is wrong with a request: a code for scripts, a sentence for people. */
struct admin_refusal {
	const char *code;
	char text[256];
};

/* Finds the command in commands (lists ended by a row without words, count of them) and checks its
 * arguments. *ret_args is an object that the caller owns (request_free_args). ERR_INVALID:
 * *refusal says why. */
must_check enum err request_parse(struct str line, const struct admin_command *const *commands,
				  size_t count, const struct admin_command **ret_command,
				  json_t **ret_args, struct admin_refusal *refusal);

/* Gives args back; NULL is fine. Their memory is wiped (see request_wipe_json). */
void request_free_args(json_t *args);

/* Makes jansson take its memory from base/mem and wipe what it frees: requests hold passwords, and
 * its parser keeps copies. Once, at start, before other threads use jansson. */
void request_wipe_json(void);
