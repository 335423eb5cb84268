/* SPDX-License-Identifier: Apache-2.0 */
/* Backups and restores as the administrator asks for them: between the commands and backup/. */
#pragma once

#include "server/admin/call.h"
#include "server/backup/backup.h"
#include "server/route/home.h"

/* For struct admin_config, as its backups. On the home's loop. */
struct control_backup {
	struct backups *backups;
	const struct home *home; /* whose configuration is the current one */
};

void control_make_backup(void *owner, struct str path,
			 void (*fn)(void *arg, enum err e, const char *text,
				    const struct admin_backup *made),
			 void *arg);

/* parleyd --restore: makes data_dir from the backup, and says on stdout what came back. No server
 * runs. */
must_check enum err control_restore(const struct conf *conf, const char *backup,
				    struct str data_dir, struct blame *blame);
