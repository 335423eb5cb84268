/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder out of a backup, without a running server (docs/backup.md). Blocks. */
#pragma once

#include "server/backup/manifest.h"

/* Makes the data folder at data_dir from the backup at from: all or nothing. data_dir must not be
 * there, or be empty (ERR_EXISTS). Everything is checked against the manifest on the way, and the
 * copy of the store once more as a whole. domain: of the configuration; a backup of another one is
 * refused (ERR_DENIED). ERR_NOT_FOUND: no backup there, or half of one; ERR_INVALID: damaged;
 * ERR_VERSION: of a newer version. What is wrong is in blame. ret_manifest: what was restored; the
 * caller's (manifest_done), also on failure. */
must_check enum err restore_run(const char *from, struct str data_dir, struct str domain,
				struct manifest *ret_manifest, struct blame *blame);

/* Adds what was restored to data_dir, for people: counts, and the settings that were left for them
 * to put where they stood. What fails sticks to out. */
void restore_tell(const struct manifest *m, struct str data_dir, struct sbuf *out);
