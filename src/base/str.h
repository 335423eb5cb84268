/* SPDX-License-Identifier: Apache-2.0 */
/* Sized string views: a pointer and a length, passed by value. A view owns nothing and need not end
 * in NUL. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len; /* bytes */
};

/* A view of a string literal, in an expression and in an initialiser. */
#define STR(lit) ((struct str){ .ptr = "" lit, .len = sizeof(lit) - 1 })
#define STR_INIT(lit)                                                                              \
	{                                                                                          \
		.ptr = "" lit, .len = sizeof(lit) - 1                                              \
	}
#define STR_NONE ((struct str){ .ptr = NULL, .len = 0 })

/* For printf: printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

static inline struct str str_make(const char *ptr, size_t len)
{
	return (struct str){ .ptr = ptr, .len = len };
}

/* View of a C string; NULL gives the empty view without a pointer. */
static inline struct str str_from(const char *cstr)
{
	return (struct str){ .ptr = cstr, .len = cstr ? strlen(cstr) : 0 };
}

/* Whether there is a pointer at all: an attribute that is absent has none, an empty one has. */
static inline bool str_is_set(struct str s)
{
	return s.ptr != NULL;
}

static inline bool str_is_empty(struct str s)
{
	return s.len == 0;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Orders by bytes, the shorter first where one begins the other: <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* Equal but for ASCII case. */
bool str_eq_nocase(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Bytes from (clamped) up to the end; and the part [from, from + len), clamped. */
struct str str_from_at(struct str s, size_t from);
struct str str_sub(struct str s, size_t from, size_t len);

/* Index of the first c or of needle, or -1. */
ptrdiff_t str_index(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);

/* Cuts s at the first sep: gives the part before it and moves *s behind it. False when *s is empty
 * and nothing is left. */
bool str_split(struct str *s, char sep, struct str *ret_part);

/* Without the white space (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/* Decimal numbers: digits only, one optional '-' for int64. ERR_INVALID on anything else,
 * ERR_TOO_BIG past the type. */
must_check enum err str_to_u64(struct str s, uint64_t *ret_n);
must_check enum err str_to_i64(struct str s, int64_t *ret_n);

/* A NUL-terminated copy on the heap, the caller frees it with mem_free. */
char *str_dup(struct str s) __attribute__((returns_nonnull));
