/* SPDX-License-Identifier: Apache-2.0 */
/* swarm: load on one XMPP server over the loopback, one thread, bounded. README.md says how. */
#include "modes.h"

#include <signal.h>
#include <stdio.h>

static int (*const modes[])(struct hive *h) = {
	[MODE_REGISTER] = register_run, [MODE_IDLE] = idle_run,       [MODE_CHAT] = chat_run,
	[MODE_LOGIN] = login_run,       [MODE_ARCHIVE] = archive_run, [MODE_ROOMS] = rooms_run,
};

int main(int argc, char **argv)
{
	struct options opt;
	struct hive hive;
	int code = 1;

	if (!options_read(argc, argv, &opt))
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	if (hive_init(&hive, &opt) == OK)
		code = modes[opt.mode](&hive);
	else
		(void)fprintf(stderr, "swarm: epoll or OpenSSL do not work here\n");
	hive_done(&hive);
	return code;
}
