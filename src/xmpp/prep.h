/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing of strings that are compared: PRECIS (RFC 8264), profiles of RFC 8265. Any thread. */
#pragma once

#include "base/arena.h"

/* Text that prepares to JID_PART_MAX bytes is at most three times as long; longer input is refused
 * unread. */
enum { PREP_INPUT_MAX = 3 * 1023 /* bytes */ };

/* UsernameCaseMapped (RFC 8265 3.3): lower case, no compatibility forms, no symbols, no blanks.
 * Applied until nothing changes any more, refused when that does not come. s itself when nothing
 * changes, otherwise a copy in the arena. ERR_INVALID; ERR_TOO_BIG past PREP_INPUT_MAX. */
must_check enum err prep_username(struct arena *a, struct str s, struct str *ret_s);

/* OpaqueString (RFC 8265 4.2): passwords and resources. Case is kept, every kind of blank becomes
 * U+0020. Results and errors as above. */
must_check enum err prep_opaque(struct arena *a, struct str s, struct str *ret_s);
