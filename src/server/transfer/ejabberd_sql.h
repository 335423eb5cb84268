/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what ejabberd (23.01 and later) keeps in SQLite, in both of its forms of tables. ejabberd
 * should have been stopped. In bounded memory: one row at a time, a privacy list, a node's options.
 * Blocking; one thread. */
#pragma once

#include "server/transfer/piece.h"

/* As ejabberd_read, of the file at path. */
must_check enum err ejabberd_sql_read(const char *path, struct str domain, struct piece_sink *sink);
