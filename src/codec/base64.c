/* SPDX-License-Identifier: Apache-2.0 */
/* Base 64, see base64.h. */
#include "codec/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum err base64_encode(struct sbuf *out, struct str in)
{
	const unsigned char *p = (const unsigned char *)in.ptr;
	enum err e = sbuf_room(out, in.len / 3 * 4 + (in.len % 3 ? 4 : 0));

	if (e)
		return e;
	for (size_t i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0);
		char *o = out->ptr + out->len;

		o[0] = digits[bits >> 18];
		o[1] = digits[bits >> 12 & 63];
		o[2] = left > 1 ? digits[bits >> 6 & 63] : '=';
		o[3] = left > 2 ? digits[bits & 63] : '=';
		out->len += 4;
	}
	return OK;
}

/* 0 to 63, or -1. Without a table: the time must not tell which digits a secret has. */
static int value(char c)
{
	int upper = (c >= 'A') & (c <= 'Z'), lower = (c >= 'a') & (c <= 'z');
	int number = (c >= '0') & (c <= '9');

	return -1 + upper * (c - 'A' + 1) + lower * (c - 'a' + 27) + number * (c - '0' + 53) +
	       (c == '+') * 63 + (c == '/') * 64;
}

/* Takes four digits of which pad are padding; writes 3 - pad bytes. */
static bool decode_quad(const char *p, size_t pad, unsigned char *out)
{
	int32_t bits = 0, bad = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i < 4 - pad ? value(p[i]) : 0;

		bad |= v;
		bits = bits << 6 | (v & 63);
	}
	if (bad < 0 || (bits & ((1 << 8 * pad) - 1)))
		return false;
	for (size_t i = 0; i < 3 - pad; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i) & 0xff);
	return true;
}

enum err base64_decode(struct arena *a, struct str in, struct str *ret)
{
	size_t pad = 0, len;
	unsigned char *out;

	if (in.len % 4)
		return ERR_INVALID;
	if (in.len)
		pad = in.ptr[in.len - 1] != '=' ? 0 : in.ptr[in.len - 2] != '=' ? 1 : 2;
	len = in.len / 4 * 3 - pad;
	out = arena_alloc(a, len + 1);
	for (size_t i = 0; i < in.len / 4; i++) {
		bool is_last = i + 1 == in.len / 4;

		if (!decode_quad(in.ptr + 4 * i, is_last ? pad : 0, out + 3 * i))
			return ERR_INVALID;
	}
	out[len] = '\0';
	*ret = str_make((const char *)out, len);
	return OK;
}

static void replace(char *text, size_t len, char from, char to)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == from)
			text[i] = to;
	}
}

enum err base64_url_encode(struct sbuf *out, struct str in)
{
	size_t begin = out->len;
	enum err e = base64_encode(out, in);

	if (e)
		return e;
	if (in.len % 3)
		out->len -= 3 - in.len % 3;
	replace(out->ptr + begin, out->len - begin, '+', '-');
	replace(out->ptr + begin, out->len - begin, '/', '_');
	return OK;
}

enum err base64_url_decode(struct arena *a, struct str in, struct str *ret)
{
	size_t pad = (4 - in.len % 4) % 4;
	char *copy;

	if (str_index(in, '+') >= 0 || str_index(in, '/') >= 0 || pad == 3)
		return ERR_INVALID;
	copy = arena_alloc(a, in.len + pad);
	if (in.len)
		memcpy(copy, in.ptr, in.len);
	memset(copy + in.len, '=', pad);
	replace(copy, in.len, '-', '+');
	replace(copy, in.len, '_', '/');
	return base64_decode(a, str_make(copy, in.len + pad), ret);
}
