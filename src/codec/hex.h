/* SPDX-License-Identifier: Apache-2.0 */
/* Base 16 (RFC 4648 8). Any thread. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"

/* Appends in as lower-case digits, two a byte. ERR_TOO_BIG past the limit of out. */
enum err hex_encode(struct sbuf *out, struct str in);

/* The bytes that in stands for, in the arena (a NUL behind them that is not counted); digits of
 * both cases. ERR_INVALID for an odd count or anything but digits. */
must_check enum err hex_decode(struct arena *a, struct str in, struct str *ret);

/* What a digit of either case stands for, 0 to 15; -1: it is none. */
int hex_digit(char c);
