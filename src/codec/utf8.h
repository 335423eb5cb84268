/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629), strict: overlong forms, surrogates and what lies above U+10FFFF are refused.
 * Any thread. */
#pragma once

#include "base/sbuf.h"
#include "base/str.h"

#define UTF8_MAX_BYTES 4 /* of one code point */

/* Whether s is UTF-8 from end to end; the empty string is. */
bool utf8_is_valid(struct str s);

/* Whether s is UTF-8 and holds only characters that XML 1.0 can carry (production Char): of the
 * controls TAB, LF and CR only, not U+FFFE, not U+FFFF. */
bool utf8_is_xml(struct str s);

/* Whether XML 1.0 can carry the code point cp. */
bool utf8_is_xml_char(uint32_t cp);

/* Takes the first code point off *s. False at the end and at bytes that are not UTF-8: *s and
 * *ret_cp are then as before, and s->len says which of the two it was. */
bool utf8_next(struct str *s, uint32_t *ret_cp);

/* Writes cp to buf; gives the count of bytes, 0 for what is no code point (surrogates, above
 * U+10FFFF). */
size_t utf8_encode(char buf[UTF8_MAX_BYTES], uint32_t cp);

/* Appends cp. ERR_INVALID for what is no code point, ERR_TOO_BIG past the limit of out; both stick
 * to out. */
enum err utf8_add(struct sbuf *out, uint32_t cp);
