/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable, counted bytes: what is serialised once and sent to many. Counts are atomic, so a
 * letter may carry one to another loop; the content is never written after it was made. */
#pragma once

#include "base/str.h"

struct bytes {
	unsigned refs; /* atomic; use bytes_ref and bytes_unref only */
	unsigned len;  /* bytes */
	char data[];
};

/* A copy of s with one count, which the caller owns. s must be shorter than 4 GiB. */
struct bytes *bytes_new(struct str s) __attribute__((returns_nonnull));

/* len bytes to be filled by the caller before anybody else sees them. */
struct bytes *bytes_new_empty(size_t len) __attribute__((returns_nonnull));

/* One count more; gives b back. */
struct bytes *bytes_ref(struct bytes *b);

/* One count less, frees at the last; NULL is fine. Gives NULL: x = bytes_unref(x). */
struct bytes *bytes_unref(struct bytes *b);

static inline struct str bytes_str(const struct bytes *b)
{
	return b ? str_make(b->data, b->len) : STR_NONE;
}
