/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in JSON (RFC 8259 7), where a library would be too much: appended with its quotes. Any
 * thread. */
#pragma once

#include "base/sbuf.h"

/* Controls, quotes and backslashes are escaped; the rest goes as it is: s is UTF-8. ERR_TOO_BIG. */
enum err json_add_text(struct sbuf *out, struct str s);
