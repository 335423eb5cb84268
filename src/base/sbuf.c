/* SPDX-License-Identifier: Apache-2.0 */
/* Growable buffer with a limit, see sbuf.h. */
#include "base/sbuf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

void sbuf_done(struct sbuf *b)
{
	if (!b)
		return;
	mem_free(b->ptr);
	*b = SBUF(b->limit);
}

enum err sbuf_room(struct sbuf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;

	if (n <= b->cap - b->len)
		return OK;
	if (n > b->limit || b->len > b->limit - n) {
		b->err = ERR_TOO_BIG;
		return ERR_TOO_BIG;
	}
	while (cap < b->len + n)
		cap *= 2;
	if (cap > b->limit)
		cap = b->limit;
	b->ptr = mem_grow(b->ptr, cap);
	b->cap = cap;
	return OK;
}

enum err sbuf_add(struct sbuf *b, struct str s)
{
	enum err e = sbuf_room(b, s.len);

	if (e)
		return e;
	if (s.len)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	return OK;
}

enum err sbuf_add_char(struct sbuf *b, char c)
{
	return sbuf_add(b, str_make(&c, 1));
}

enum err sbuf_add_u64(struct sbuf *b, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return sbuf_add(b, str_make(digits + i, sizeof(digits) - i));
}

enum err sbuf_printf(struct sbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;
	enum err e;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	must(n >= 0);
	e = sbuf_room(b, (size_t)n + 1);
	if (e)
		return e;
	va_start(ap, fmt);
	(void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	b->len += (size_t)n;
	return OK;
}

void sbuf_drop(struct sbuf *b, size_t n)
{
	must(n <= b->len);
	b->len -= n;
	if (b->len && n)
		memmove(b->ptr, b->ptr + n, b->len);
}

char *sbuf_detach(struct sbuf *b, size_t *ret_len)
{
	char *p = b->ptr;

	*ret_len = b->len;
	*b = SBUF(b->limit);
	return p;
}
