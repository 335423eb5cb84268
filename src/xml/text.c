/* SPDX-License-Identifier: Apache-2.0 */
/* Character data, see text.h. What is written to the arena is never longer than what it stands for.
 */
#include "xml/text.h"

#include "codec/utf8.h"
#include "xml/name.h"

#define CDATA_BEGIN STR("<![CDATA[")
#define CDATA_END   STR("]]>")

/* Digits of a character reference: &#38; or &#x26; without the "&#" and the ";". */
static bool parse_number(struct str digits, uint32_t *ret_cp)
{
	bool is_hex = digits.len && digits.ptr[0] == 'x';
	uint32_t cp = 0;

	digits = str_from_at(digits, is_hex ? 1 : 0);
	if (!digits.len)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.ptr[i];

		if (c >= '0' && c <= '9')
			cp = cp * (is_hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (is_hex && c >= 'a' && c <= 'f')
			cp = cp * 16 + (uint32_t)(c - 'a') + 10;
		else if (is_hex && c >= 'A' && c <= 'F')
			cp = cp * 16 + (uint32_t)(c - 'A') + 10;
		else
			return false;
		if (cp > 0x10ffff)
			return false;
	}
	*ret_cp = cp;
	return utf8_is_xml_char(cp);
}

/* The reference at the front of *rest -> *out. */
static enum xml_fault take_reference(struct str *rest, char **out)
{
	static const struct {
		struct str name;
		char c;
	} entities[] = {
		{ STR_INIT("amp"), '&' },   { STR_INIT("lt"), '<' },   { STR_INIT("gt"), '>' },
		{ STR_INIT("apos"), '\'' }, { STR_INIT("quot"), '"' },
	};
	ptrdiff_t end = str_index(*rest, ';');
	struct str name;
	uint32_t cp;

	if (end < 2)
		return XML_FAULT_NOT_WELL_FORMED;
	name = str_sub(*rest, 1, (size_t)end - 1);
	*rest = str_from_at(*rest, (size_t)end + 1);
	if (name.ptr[0] == '#') {
		if (!parse_number(str_from_at(name, 1), &cp))
			return XML_FAULT_NOT_WELL_FORMED;
		*out += utf8_encode(*out, cp);
		return XML_FAULT_NONE;
	}
	for (size_t i = 0; i < array_len(entities); i++) {
		if (str_eq(name, entities[i].name)) {
			*(*out)++ = entities[i].c;
			return XML_FAULT_NONE;
		}
	}
	/* RFC 6120 11.1: what a DTD would have to declare. */
	return xml_name_end(name.ptr, name.ptr + name.len) == name.ptr + name.len
		       ? XML_FAULT_RESTRICTED
		       : XML_FAULT_NOT_WELL_FORMED;
}

/* CR LF and CR at the front of *rest -> c. */
static void take_line_end(struct str *rest, char **out, char c)
{
	*rest = str_from_at(*rest, str_starts(*rest, STR("\r\n")) ? 2 : 1);
	*(*out)++ = c;
}

/* What stands in front of the next CR or stop. */
static void put_plain(struct str *rest, char **out, char stop)
{
	size_t n = 0;

	while (n < rest->len && rest->ptr[n] != stop && rest->ptr[n] != '\r')
		n++;
	memcpy(*out, rest->ptr, n);
	*out += n;
	*rest = str_from_at(*rest, n);
}

/* Text without a tag or a CDATA section. */
static enum xml_fault put_text(struct str raw, char **out)
{
	enum xml_fault fault = XML_FAULT_NONE;

	if (str_find(raw, CDATA_END) >= 0)
		return XML_FAULT_NOT_WELL_FORMED;
	while (raw.len && !fault) {
		if (*raw.ptr == '&') {
			fault = take_reference(&raw, out);
		} else if (*raw.ptr == '\r') {
			take_line_end(&raw, out, '\n');
		} else {
			put_plain(&raw, out, '&');
		}
	}
	return fault;
}

static void put_cdata(struct str raw, char **out)
{
	while (raw.len) {
		if (*raw.ptr == '\r') {
			take_line_end(&raw, out, '\n');
		} else {
			put_plain(&raw, out, '\r');
		}
	}
}

/* Length of the character data at the front of rest, CDATA sections included; false if rest ends
 * before a tag does it. */
static bool measure(struct str rest, size_t *ret_len)
{
	size_t at = 0;

	for (;;) {
		struct str here = str_from_at(rest, at);
		ptrdiff_t lt = str_index(here, '<'), end;

		if (lt < 0)
			return false;
		at += (size_t)lt;
		here = str_from_at(rest, at);
		if (!str_starts(here, CDATA_BEGIN)) {
			*ret_len = at;
			return true;
		}
		end = str_find(str_from_at(here, CDATA_BEGIN.len), CDATA_END);
		if (end < 0)
			return false;
		at += CDATA_BEGIN.len + (size_t)end + CDATA_END.len;
	}
}

static enum xml_fault take_mixed(struct arena *a, struct str rest, struct str *ret_value,
				 size_t *ret_len)
{
	size_t len;
	char *value, *out;
	struct str raw;

	if (!measure(rest, &len))
		return XML_FAULT_NOT_WELL_FORMED;
	raw = str_sub(rest, 0, len);
	value = out = arena_alloc(a, len + 1);
	while (raw.len) {
		ptrdiff_t lt = str_index(raw, '<'), end;
		enum xml_fault fault =
			put_text(str_sub(raw, 0, lt < 0 ? raw.len : (size_t)lt), &out);

		if (fault)
			return fault;
		if (lt < 0)
			break;
		raw = str_from_at(raw, (size_t)lt + CDATA_BEGIN.len);
		end = str_find(raw, CDATA_END); /* there is one, see measure() */
		put_cdata(str_sub(raw, 0, (size_t)end), &out);
		raw = str_from_at(raw, (size_t)end + CDATA_END.len);
	}
	*ret_value = str_make(value, (size_t)(out - value));
	*ret_len = len;
	return XML_FAULT_NONE;
}

enum xml_fault xml_text_take(struct arena *a, struct str rest, struct str *ret_value,
			     size_t *ret_len)
{
	const char *p = rest.ptr, *end = p + rest.len;

	for (;; p++) {
		while (p < end && !xml_class_has(*p, XML_CLASS_TEXT))
			p++;
		if (p == end)
			return XML_FAULT_NOT_WELL_FORMED;
		if (*p != '>' || (p - rest.ptr >= 2 && p[-1] == ']' && p[-2] == ']'))
			break;
	}
	if (*p != '<' || (end - p > 2 && p[1] == '!' && p[2] == '['))
		return take_mixed(a, rest, ret_value, ret_len);
	*ret_len = (size_t)(p - rest.ptr);
	*ret_value = str_sub(rest, 0, *ret_len);
	return XML_FAULT_NONE;
}

/* What stands between the quotes. */
static enum xml_fault unescape_value(struct arena *a, struct str raw, struct str *ret_value)
{
	char *value = arena_alloc(a, raw.len + 1), *out = value;
	enum xml_fault fault = XML_FAULT_NONE;

	while (raw.len && !fault) {
		switch (*raw.ptr) {
		case '&':
			fault = take_reference(&raw, &out);
			break;
		case '<':
			fault = XML_FAULT_NOT_WELL_FORMED;
			break;
		case '\r':
		case '\n':
		case '\t':
			take_line_end(&raw, &out, ' ');
			break;
		default:
			*out++ = *raw.ptr;
			raw = str_from_at(raw, 1);
		}
	}
	*ret_value = str_make(value, (size_t)(out - value));
	return fault;
}

enum xml_fault xml_value_take(struct arena *a, struct str rest, struct str *ret_value,
			      size_t *ret_len)
{
	const char *p = rest.ptr, *end = p + rest.len;
	char quote = rest.len ? *p : '\0', other = quote == '"' ? '\'' : '"';
	ptrdiff_t len;

	if (quote != '"' && quote != '\'')
		return XML_FAULT_NOT_WELL_FORMED;
	p++;
	while (p < end && (!xml_class_has(*p, XML_CLASS_VALUE) || *p == other))
		p++;
	len = p - rest.ptr - 1;
	if (p == end || *p != quote) {
		ptrdiff_t more = str_index(str_from_at(rest, (size_t)len + 1), quote);

		if (more < 0)
			return XML_FAULT_NOT_WELL_FORMED;
		len += more;
	}
	*ret_len = (size_t)len + 2;
	*ret_value = str_sub(rest, 1, (size_t)len);
	if (p < end && *p == quote)
		return XML_FAULT_NONE;
	return unescape_value(a, *ret_value, ret_value);
}
