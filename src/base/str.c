/* SPDX-License-Identifier: Apache-2.0 */
/* Sized string views, see str.h. */
#include "base/str.h"

#include "base/mem.h"

int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (r)
		return r;
	return (a.len > b.len) - (a.len < b.len);
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_from_at(s, s.len - suffix.len), suffix);
}

struct str str_from_at(struct str s, size_t from)
{
	return from >= s.len ? str_make(s.ptr ? s.ptr + s.len : NULL, 0)
			     : str_make(s.ptr + from, s.len - from);
}

struct str str_sub(struct str s, size_t from, size_t len)
{
	struct str r = str_from_at(s, from);

	if (r.len > len)
		r.len = len;
	return r;
}

ptrdiff_t str_index(struct str s, char c)
{
	const char *p = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return p ? p - s.ptr : -1;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	const char *p;

	if (needle.len == 0)
		return 0;
	p = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
	return p ? p - s.ptr : -1;
}

bool str_split(struct str *s, char sep, struct str *ret_part)
{
	ptrdiff_t at;

	if (!s->ptr)
		return false;
	at = str_index(*s, sep);
	if (at < 0) {
		*ret_part = *s;
		*s = STR_NONE;
		return true;
	}
	*ret_part = str_sub(*s, 0, (size_t)at);
	*s = str_from_at(*s, (size_t)at + 1);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_space(s.ptr[0]))
		s = str_from_at(s, 1);
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

enum err str_to_u64(struct str s, uint64_t *ret_n)
{
	uint64_t n = 0;

	if (s.len == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return ERR_INVALID;
		if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(s.ptr[i] - '0'), &n))
			return ERR_TOO_BIG;
	}
	*ret_n = n;
	return OK;
}

enum err str_to_i64(struct str s, int64_t *ret_n)
{
	bool minus = s.len && s.ptr[0] == '-';
	uint64_t n;
	enum err e = str_to_u64(minus ? str_from_at(s, 1) : s, &n);

	if (e)
		return e;
	if (n > (uint64_t)INT64_MAX + minus)
		return ERR_TOO_BIG;
	*ret_n = minus ? (int64_t)(0 - n) : (int64_t)n;
	return OK;
}

char *str_dup(struct str s)
{
	char *p = mem_alloc(s.len + 1);

	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return p;
}
