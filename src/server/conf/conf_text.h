/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the text of a configuration file before libconfig does: what that library would silently
 * take in another sense (includes, numbers past 32 bits, NUL) is refused or made plain here. Any
 * thread. */
#pragma once

#include "base/sbuf.h"
#include "server/conf/conf_key.h"

/* Appends text to out as libconfig may see it, NUL at the end. Refused: @include, NUL, "\x00",
 * numbers past 64 bits, a string or comment without end. ERR_INVALID: *ret_line and blame say where
 * and what; ERR_TOO_BIG: out's limit. */
must_check enum err conf_text_prepare(struct str text, struct sbuf *out, int *ret_line,
				      struct blame *blame);
