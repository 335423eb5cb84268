/* SPDX-License-Identifier: Apache-2.0 */
/* The XML declaration, see decl.h: version, then encoding and standalone if they are there, in this
 * order. */
#include "xml/decl.h"

#include "xml/name.h"

#define BEGIN STR("<?xml")

static bool take_space(struct str *s)
{
	size_t n = 0;

	while (n < s->len && xml_class_has(s->ptr[n], XML_CLASS_SPACE))
		n++;
	*s = str_from_at(*s, n);
	return n > 0;
}

/* name = "value" behind white space; false, and *s as it was, if that does not come next. */
static bool take_item(struct str *s, struct str name, struct str *ret_value)
{
	struct str rest = *s;
	ptrdiff_t end;
	char quote;

	if (!take_space(&rest) || !str_starts(rest, name))
		return false;
	rest = str_from_at(rest, name.len);
	(void)take_space(&rest); /* may be there or not */
	if (!str_starts(rest, STR("=")))
		return false;
	rest = str_from_at(rest, 1);
	(void)take_space(&rest); /* may be there or not */
	if (!rest.len || (*rest.ptr != '"' && *rest.ptr != '\''))
		return false;
	quote = *rest.ptr;
	rest = str_from_at(rest, 1);
	end = str_index(rest, quote);
	if (end < 0)
		return false;
	*ret_value = str_sub(rest, 0, (size_t)end);
	*s = str_from_at(rest, (size_t)end + 1);
	return true;
}

/* XML 1.0 4.3.3, production EncName. */
static bool is_encoding_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= 0x80 || !xml_class_has(s.ptr[i], XML_CLASS_NAME))
			return false;
	}
	return s.len && *s.ptr != '_' && xml_class_has(*s.ptr, XML_CLASS_START);
}

enum xml_fault xml_decl_take(struct str *text)
{
	struct str s = *text, value;

	if (!str_starts(s, BEGIN) || s.len == BEGIN.len ||
	    !xml_class_has(s.ptr[BEGIN.len], XML_CLASS_SPACE))
		return XML_FAULT_NONE;
	s = str_from_at(s, BEGIN.len);
	if (!take_item(&s, STR("version"), &value) || !str_eq(value, STR("1.0")))
		return XML_FAULT_NOT_WELL_FORMED;
	if (take_item(&s, STR("encoding"), &value)) {
		if (!is_encoding_name(value))
			return XML_FAULT_NOT_WELL_FORMED;
		if (!str_eq_nocase(value, STR("UTF-8")))
			return XML_FAULT_ENCODING;
	}
	if (take_item(&s, STR("standalone"), &value) && !str_eq(value, STR("yes")) &&
	    !str_eq(value, STR("no")))
		return XML_FAULT_NOT_WELL_FORMED;
	(void)take_space(&s); /* may be there or not */
	if (!str_starts(s, STR("?>")))
		return XML_FAULT_NOT_WELL_FORMED;
	*text = str_from_at(s, 2);
	return XML_FAULT_NONE;
}
