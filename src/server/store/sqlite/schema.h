/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, and how older files become new ones (docs/storage.md). Start-up only. */
#pragma once

#include "server/store/sqlite/db.h"

enum {
	SCHEMA_VERSION = 5,
	SCHEMA_APPLICATION = 0x5061726c, /* "Parl", in the header of the file */
};

/* Looks at the header of the file at path without opening it as a database: ERR_VERSION for a newer
 * one, ERR_INVALID for a file that is not ours, ERR_IO. *ret_version: 0 for an empty file. */
must_check enum err schema_look(const char *path, int *ret_version);

/* Brings d from version to SCHEMA_VERSION, each step in a transaction of its own. */
must_check enum err schema_migrate(struct db *d, int version);
