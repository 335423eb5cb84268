/* SPDX-License-Identifier: Apache-2.0 */
/* Growable buffer; none is made without a named limit. */
#pragma once

#include "base/str.h"

struct sbuf {
	char *ptr;
	size_t len;   /* bytes written */
	size_t cap;   /* bytes allocated */
	size_t limit; /* bytes; adding past it fails */
	enum err err; /* the first failure sticks: writers may look once at the end */
};

#define SBUF(max) ((struct sbuf){ .ptr = NULL, .len = 0, .cap = 0, .limit = (max), .err = OK })

/* Frees the memory; b can be used again. */
void sbuf_done(struct sbuf *b);

/* Empties b, keeps its memory. */
static inline void sbuf_reset(struct sbuf *b)
{
	b->len = 0;
	b->err = OK;
}

static inline struct str sbuf_str(const struct sbuf *b)
{
	return str_make(b->ptr, b->len);
}

/* Room for at least n more bytes at ptr + len; ERR_TOO_BIG leaves b unchanged but for its sticky
 * err. */
must_check enum err sbuf_room(struct sbuf *b, size_t n);

/* Appends; the bytes are copied. ERR_TOO_BIG when the limit would be passed; b then keeps what it
 * had, and its err is set. */
enum err sbuf_add(struct sbuf *b, struct str s);
enum err sbuf_add_char(struct sbuf *b, char c);
enum err sbuf_add_u64(struct sbuf *b, uint64_t n);
enum err sbuf_printf(struct sbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define sbuf_lit(b, lit) sbuf_add((b), STR(lit))

/* Takes the first n bytes out. */
void sbuf_drop(struct sbuf *b, size_t n);

/* Hands the memory to the caller, who frees it with mem_free; b is empty then. */
char *sbuf_detach(struct sbuf *b, size_t *ret_len);
