/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a database file that no server works on: a copy. Blocks; any thread. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct sqlite_facts {
	int version; /* of the tables */
	uint64_t accounts, messages, entries, documents;
};

/* Checks the file at path from end to end, and counts. It must be whole in itself, without a log
 * beside it, and is not changed. ERR_VERSION: of a newer version; ERR_INVALID: damaged, or not
 * ours; ERR_IO. */
must_check enum err sqlite_inspect(const char *path, struct sqlite_facts *ret_facts);
