/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: data_dir/control.sock (AF_UNIX, mode 0600), one JSON object a line each way.
 * Only the owner of the process and root may talk. Requests of one connection are answered one
 * after the other, in order.
 *
 * {"command":"user list","args":{…}}  ->  {"ok":true,"result":…}
 *                                     or  {"ok":false,"error":{"code":"not-found","text":"…"}}
 * "help" lists the commands and their arguments. */
#pragma once

#include "loop/loop.h"
#include "server/admin/call.h"

struct admin;

enum {
	ADMIN_CLIENTS_MAX = 16,              /* connections at a time; more wait in the kernel */
	ADMIN_ANSWER_MAX = 64 * 1024 * 1024, /* bytes of an answer */
};
#define ADMIN_SOCKET "control.sock"

/* Listens on loop, before or while it runs on this thread. config is borrowed. A socket that nobody
 * answers on is replaced. ERR_EXISTS: another process answers there; ERR_IO and others of the
 * file system. */
must_check enum err admin_new(struct loop *loop, const struct admin_config *config,
			      struct admin **ret_admin);

/* Removes the socket and ends the connections. The loop does not run any more, or runs on this
 * thread; calls under way must not be answered afterwards. */
void admin_free(struct admin **admin);
