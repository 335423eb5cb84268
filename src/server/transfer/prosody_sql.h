/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what Prosody (0.12, 13) keeps in SQLite (mod_storage_sql). Prosody should have been
 * stopped. In bounded memory: one store of one account, or one message at a time. Blocking; one
 * thread. */
#pragma once

#include "server/transfer/piece.h"

/* As prosody_read, of the file at path. */
must_check enum err prosody_sql_read(const char *path, struct str domain, struct piece_sink *sink);
