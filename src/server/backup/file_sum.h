/* SPDX-License-Identifier: Apache-2.0 */
/* Files with their SHA-256, read once; and folders, made and taken away. Everything blocks; any
 * thread. */
#pragma once

#include "base/sbuf.h"

enum { FILE_SUM_HEX = 64 /* digits */ };

struct file_sum {
	uint64_t size; /* bytes */
	char sha256[FILE_SUM_HEX + 1];
};

/* Reads the file at path. is_stopped (may be NULL) is looked at on the way: true ends it with
 * ERR_CLOSED. ERR_NOT_FOUND, ERR_DENIED, ERR_IO; ERR_UNSUPPORTED for what is no plain file. */
must_check enum err file_sum(const char *path, const bool *is_stopped, struct file_sum *ret_sum);

/* The same, and writes what was read to a new file at to (mode 0600), durable; the folders above it
 * are made (mode 0700). A copy that failed may be left: it is the caller's to take away.
 * ERR_NO_SPACE, ERR_EXISTS. */
must_check enum err file_copy(const char *path, const char *to, const bool *is_stopped,
			      struct file_sum *ret_sum);

/* Makes to one more name of the file at path; the folders above it are made. */
must_check enum err file_link(const char *path, const char *to);

/* Writes text to a new file (mode 0600), durable. */
must_check enum err file_make(const char *path, struct str text);

/* Appends the whole file to out; ERR_TOO_BIG past its limit. */
must_check enum err file_read(const char *path, struct sbuf *out);

/* Calls fn for each plain file below folder, named relative to it; false from fn ends it with
 * ERR_CLOSED. Names that begin with a dot are passed over. */
must_check enum err file_each(const char *folder, bool (*fn)(void *arg, const char *name),
			      void *arg);

/* Makes all folders below path durable, and path. */
must_check enum err file_sync_folders(const char *path);

/* Takes a folder away with all that is in it; one that is not there is fine. */
must_check enum err file_remove_tree(const char *path);
