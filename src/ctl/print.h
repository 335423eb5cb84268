/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for people: tables and lists. Control characters (a peer may have put them there) never
 * reach the terminal. */
#pragma once

#include "base/sbuf.h"

#include <jansson.h>

enum { PRINT_MAX = 128 * 1024 * 1024 /* bytes of an answer as text */ };

/* Appends result: a list of objects as a table, an object as "key: value" lines (but for "qr"), all
 * else as it is. ERR_TOO_BIG: out's limit; it sticks to out. */
enum err print_result(struct sbuf *out, const json_t *result);

/* Appends the text that an object has as "qr" as a QR code (codec/qr.h); nothing if it has none. */
enum err print_qr(struct sbuf *out, const json_t *result);

/* Appends the list of all commands. */
enum err print_commands(struct sbuf *out, const json_t *table);

/* Appends how one command (a row of the table) is used. */
enum err print_usage(struct sbuf *out, const json_t *row);
