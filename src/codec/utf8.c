/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 (RFC 3629), see utf8.h. */
#include "codec/utf8.h"

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the code point at p (n bytes are there, at least one), 0 if it is none. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *ret_cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t cp;

	if (len == 1)
		*ret_cp = p[0];
	if (len < 2)
		return len;
	if (len > n || p[0] > 0xf4)
		return 0;
	cp = p[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if (!is_tail(p[i]))
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return len;
}

bool utf8_is_xml_char(uint32_t cp)
{
	if (cp < 0x20)
		return cp == '\t' || cp == '\n' || cp == '\r';
	return cp < 0xd800 || (cp > 0xdfff && cp < 0xfffe) || (cp > 0xffff && cp <= 0x10ffff);
}

/* Whether eight bytes are all ASCII and none below low, which is 0x20 or 0. */
static inline bool is_plain_word(uint64_t w, unsigned low)
{
	/* A borrow of the subtraction can only add false alarms, never hide a byte. */
	return !((w | ((w - EVERY_BYTE(low)) & ~w)) & EVERY_BYTE(0x80));
}

static inline bool check(struct str s, bool is_xml)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n = s.len;
	uint32_t cp;
	uint64_t w;

	while (n) {
		size_t len;

		if (n >= sizeof(w)) {
			memcpy(&w, p, sizeof(w));
			if (is_plain_word(w, is_xml ? 0x20 : 0)) {
				p += sizeof(w);
				n -= sizeof(w);
				continue;
			}
		}
		do {
			len = decode(p, n, &cp);
			if (!len || (is_xml && !utf8_is_xml_char(cp)))
				return false;
			p += len;
			n -= len;
		} while (n && *p >= 0x80); /* what is not ASCII comes in runs */
	}
	return true;
}

bool utf8_is_valid(struct str s)
{
	return check(s, false);
}

bool utf8_is_xml(struct str s)
{
	return check(s, true);
}

bool utf8_next(struct str *s, uint32_t *ret_cp)
{
	size_t len = s->len ? decode((const unsigned char *)s->ptr, s->len, ret_cp) : 0;

	*s = str_from_at(*s, len);
	return len > 0;
}

size_t utf8_encode(char buf[UTF8_MAX_BYTES], uint32_t cp)
{
	size_t len = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (len == 1) {
		buf[0] = (char)cp;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--) {
		buf[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	buf[0] = (char)((0xf00 >> len & 0xff) | cp);
	return len;
}

enum err utf8_add(struct sbuf *out, uint32_t cp)
{
	char buf[UTF8_MAX_BYTES];
	size_t len = utf8_encode(buf, cp);

	if (!len)
		return out->err = ERR_INVALID;
	return sbuf_add(out, str_make(buf, len));
}
