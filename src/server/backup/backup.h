/* SPDX-License-Identifier: Apache-2.0 */
/* Backups while the server works: a folder with the store, the secrets, the configuration and the
 * certificate, made beside its goal and moved there when it is whole (docs/backup.md). On the loop
 * of the caller; what blocks runs on a thread of its own. */
#pragma once

#include "server/backup/manifest.h"
#include "server/conf/conf.h"
#include "server/store/store.h"

struct backups;

struct backups_config {
	struct store *store;
	struct str data_dir, domain, program; /* borrowed for the life of the backups */
	const char *config_path;              /* NULL: the built-in configuration */
};

struct backup_result {
	enum err err;
	const char *text; /* what went wrong, for people */
	uint64_t files, bytes, accounts, messages;
	usec_t took;
};

/* The file in the data folder that says when the last backup was made, and where: a line
 * "<wall usec> <path>". */
#define BACKUP_LAST "last-backup"

must_check enum err backups_new(const struct backups_config *config, struct backups **ret_backups);

/* Ends what is under way, soon; its fn is not called any more. The loop does not run. */
void backups_free(struct backups **b);

/* Makes a backup at path (absolute; nothing may stand there), of what is committed now and later
 * on the way. conf: whose files come along. fn is called once. */
void backups_make(struct backups *b, const struct conf *conf, struct str path,
		  void (*fn)(void *arg, const struct backup_result *result), void *arg);
