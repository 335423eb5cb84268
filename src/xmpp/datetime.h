/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as text (XEP-0082 3.2). Any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"

/* Microseconds of the years 1 to 9999, the only ones that are read or written. */
#define DATETIME_MIN ((usec_t)-62135596800 * USEC_PER_SEC)
#define DATETIME_MAX ((usec_t)253402300800 * USEC_PER_SEC - 1)

/* "2026-11-22T01:02:03.123456Z": always UTC and six digits, 27 bytes, in the arena. What lies
 * outside of DATETIME_MIN and DATETIME_MAX is written as the nearer of the two. */
struct str datetime_format(struct arena *a, usec_t wall);

/* The strict opposite: CCYY-MM-DDThh:mm:ss[.s+](Z|+hh:mm|-hh:mm). Digits of the second past the
 * sixth are dropped. ERR_INVALID for anything else: other years than four digits from 0001 on, days
 * that a month does not have, a 60th second, offsets of 24 hours and more, what leaves the years 1
 * to 9999 in UTC, more than DATETIME_TEXT_MAX bytes. */
must_check enum err datetime_parse(struct str s, usec_t *ret_wall);

enum { DATETIME_TEXT_MAX = 64 /* bytes */ };
