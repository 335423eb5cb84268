/* SPDX-License-Identifier: Apache-2.0 */
/* What an HTML form sends: application/x-www-form-urlencoded (WHATWG URL 5). Any thread. */
#pragma once

#include "base/arena.h"

enum { FORM_BODY_MAX = 16 * 1024 /* bytes of a form of ours */ };

/* The value of the first field of that name, decoded, in the arena; without pointer if there is
 * none, or it is no UTF-8 or has a NUL in it. */
struct str form_body_value(struct arena *a, struct str body, struct str name);
