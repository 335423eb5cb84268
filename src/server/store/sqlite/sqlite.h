/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded back end of the store: one SQLite file in the data directory (docs/storage.md). */
#pragma once

#include "server/store/backend.h"

/* Keeps data_dir/parley.db, with its WAL beside it, and holds data_dir/lock. data_dir is made (mode
 * 0700) if it is not there. */
extern const struct store_backend sqlite_backend;
