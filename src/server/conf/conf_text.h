/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the text of a configuration file before libconfig does: what that library would silently
 * take in another sense (includes, numbers past 32 bits, NUL) is refused or made plain here. Any
 * thread. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"
#include "server/conf/conf_key.h"

enum { CONF_TEXT_MAX = 1024 * 1024 /* bytes of a file */ };

/* Appends text to out as libconfig may see it, NUL at the end. Refused: @include, NUL, "\x00",
 * numbers past 64 bits, a string or comment without end. ERR_INVALID: *ret_line and blame say where
 * and what; ERR_TOO_BIG: out's limit. */
must_check enum err conf_text_prepare(struct str text, struct sbuf *out, int *ret_line,
				      struct blame *blame);

/* Appends the file at path to out, whose limit must be CONF_TEXT_MAX + 1. ERR_TOO_BIG past
 * CONF_TEXT_MAX; blame names the file. */
must_check enum err conf_text_load(const char *path, struct sbuf *out, struct blame *blame);

/* The folder of the file at path, in the arena: "." where path names none. */
struct str conf_text_folder(struct arena *arena, struct str path);

/* Reads one text at the top level of a file and judges nothing else in it: for tools that must find
 * a running server whose keys they do not know. *ret_text is otherwise when the key is not there.
 * ERR_INVALID: the file is not well formed or the key is no text. */
must_check enum err conf_text_peek(const char *path, const char *key, struct str otherwise,
				   struct arena *arena, struct str *ret_text, struct blame *blame);
