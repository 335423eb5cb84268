/* SPDX-License-Identifier: Apache-2.0 */
/* The few things that the store does with folders and files, as openat(2) names them: at is a
 * folder's descriptor or AT_FDCWD. They block; any thread. Errors are those of err_from_errno. */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* Makes a folder (mode 0700) if it is not there; a new one is made durable in its parent. */
must_check enum err folder_make(int at, const char *name);

/* Calls fn for each entry that does not begin with a dot, with the folder's descriptor, until it
 * gives an error. */
must_check enum err folder_each(int at, const char *name,
				enum err (*fn)(void *arg, int at, const char *name), void *arg);

/* Makes the content of a file, or the names in a folder, durable. */
must_check enum err folder_sync(int at, const char *name);

/* Writes all len bytes. */
must_check enum err folder_write(int fd, const char *p, size_t len);
