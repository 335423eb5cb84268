/* SPDX-License-Identifier: Apache-2.0 */
/* Base 16, see hex.h. */
#include "codec/hex.h"

enum err hex_encode(struct sbuf *out, struct str in)
{
	static const char digits[] = "0123456789abcdef";
	enum err e = sbuf_room(out, in.len * 2);

	if (e)
		return e;
	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.ptr[i];

		out->ptr[out->len++] = digits[c >> 4];
		out->ptr[out->len++] = digits[c & 15];
	}
	return OK;
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err hex_decode(struct arena *a, struct str in, struct str *ret)
{
	char *out;

	if (in.len % 2)
		return ERR_INVALID;
	out = arena_alloc(a, in.len / 2 + 1);
	for (size_t i = 0; i < in.len / 2; i++) {
		int high = hex_digit(in.ptr[2 * i]), low = hex_digit(in.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		out[i] = (char)(high * 16 + low);
	}
	out[in.len / 2] = '\0';
	*ret = str_make(out, in.len / 2);
	return OK;
}
