/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what "ejabberdctl dump" (mnesia:dump_to_textfile) writes: the tables as Erlang terms, in
 * one file. The file is gone through once for an index of its rows, then account by account.
 * Blocking; one thread. */
#pragma once

#include "server/transfer/piece.h"

enum { EJABBERD_ROWS_MAX = 5 * 1000 * 1000 /* of one host; 40 bytes of memory each */ };

/* Hands the accounts of domain to sink. ERR_INVALID, the reason in sink->report: not such a dump,
 * or a broken one; what sink gives; errors of the file. */
must_check enum err ejabberd_read(const char *path, struct str domain, struct piece_sink *sink);
