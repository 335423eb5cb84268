/* SPDX-License-Identifier: Apache-2.0 */
/* Names in XML, see name.h. */
#include "xml/name.h"

#include "codec/utf8.h"

enum {
	LETTER = XML_CLASS_START | XML_CLASS_NAME,
	DIGIT = XML_CLASS_NAME,
	NO_URI = XML_CLASS_NO_URI,
	BLANK = XML_CLASS_SPACE | XML_CLASS_VALUE | NO_URI,
	TEXT = XML_CLASS_TEXT,
	VALUE = XML_CLASS_VALUE,
};

/* The controls that XML cannot carry at all are left out: they never get here. */
const uint8_t xml_class[256] = {
	['A' ... 'Z'] = LETTER,
	['a' ... 'z'] = LETTER,
	['_'] = LETTER,
	[0x80 ... 0xff] = XML_CLASS_START,
	['0' ... '9'] = DIGIT,
	['-'] = DIGIT,
	['.'] = DIGIT,
	[' '] = XML_CLASS_SPACE | NO_URI,
	['\t'] = BLANK,
	['\n'] = BLANK,
	['\r'] = BLANK | TEXT,
	['&'] = TEXT | VALUE,
	['<'] = TEXT | VALUE | NO_URI,
	['>'] = TEXT | NO_URI,
	['"'] = VALUE | NO_URI,
	['\''] = VALUE,
	['\\'] = NO_URI,
	['^'] = NO_URI,
	['`'] = NO_URI,
	['{'] = NO_URI,
	['|'] = NO_URI,
	['}'] = NO_URI,
	[0x7f] = NO_URI,
};

struct range {
	uint16_t first, last;
};

/* Both in ascending order. */
static const struct range starts[] = {
#define NAME_START(first, last) { first, last },
#define NAME_MORE(first, last)
#include "xml/name.def"
#undef NAME_START
#undef NAME_MORE
};

static const struct range more[] = {
#define NAME_START(first, last)
#define NAME_MORE(first, last) { first, last },
#include "xml/name.def"
#undef NAME_START
#undef NAME_MORE
};

static bool has(const struct range *ranges, size_t count, uint32_t cp)
{
	size_t low = 0;

	while (low < count) {
		size_t mid = low + (count - low) / 2;

		if (cp > ranges[mid].last)
			low = mid + 1;
		else if (cp < ranges[mid].first)
			count = mid;
		else
			return true;
	}
	return false;
}

static bool is_name_char(uint32_t cp, bool is_first)
{
	if (cp < 0x80)
		return xml_class[cp] & (is_first ? XML_CLASS_START : XML_CLASS_NAME);
	return has(starts, array_len(starts), cp) || (!is_first && has(more, array_len(more), cp));
}

const char *xml_name_end(const char *p, const char *end)
{
	const char *first = p;
	struct str rest;
	uint32_t cp;

	if (p == end || !xml_class_has(*p, XML_CLASS_START))
		return p;
	for (;;) {
		while (p < end && xml_class_has(*p, XML_CLASS_NAME))
			p++;
		if (p == end || (unsigned char)*p < 0x80)
			return p;
		rest = str_make(p, (size_t)(end - p));
		if (!utf8_next(&rest, &cp) || !is_name_char(cp, p == first))
			return p;
		p = rest.ptr;
	}
}

bool xml_name_take(struct str *s, struct str *ret_prefix, struct str *ret_local)
{
	const char *end = s->ptr + s->len;
	const char *p = xml_name_end(s->ptr, end);
	struct str prefix = str_make(p, 0), local = str_make(s->ptr, (size_t)(p - s->ptr));

	if (p < end && *p == ':') {
		const char *colon = p;

		prefix = local;
		p = xml_name_end(colon + 1, end);
		local = str_make(colon + 1, (size_t)(p - colon - 1));
		if (!prefix.len)
			return false;
	}
	if (!local.len)
		return false;
	*s = str_make(p, (size_t)(end - p));
	*ret_prefix = prefix;
	*ret_local = local;
	return true;
}
