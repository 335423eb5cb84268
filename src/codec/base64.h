/* SPDX-License-Identifier: Apache-2.0 */
/* Base 64 (RFC 4648 4), strict; and the form for URLs (RFC 4648 5). Any thread. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"

/* Appends in with padding, without line breaks. ERR_TOO_BIG past the limit of out. */
enum err base64_encode(struct sbuf *out, struct str in);

/* The bytes that in stands for, in the arena (a NUL behind them that is not counted). ERR_INVALID
 * for white space, foreign characters, missing or needless padding, and bits set behind the end:
 * one value has one form (RFC 4648 3.5, RFC 6120 13.9.1). */
must_check enum err base64_decode(struct arena *a, struct str in, struct str *ret);

/* The same without padding, with - and _ instead of + and /. Padding that is there is accepted. */
enum err base64_url_encode(struct sbuf *out, struct str in);
must_check enum err base64_url_decode(struct arena *a, struct str in, struct str *ret);
