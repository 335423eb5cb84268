/* SPDX-License-Identifier: Apache-2.0 */
/* Text into HTML and URIs. Any thread. */
#include "server/http/html.h"

static struct str reference(char c)
{
	switch (c) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return STR("&quot;");
	case '\'':
		return STR("&#39;");
	default:
		return STR_NONE;
	}
}

enum err html_add(struct sbuf *out, struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		struct str ref = reference(text.ptr[i]);

		if (!str_is_set(ref))
			continue;
		sbuf_add(out, str_sub(text, from, i - from));
		sbuf_add(out, ref);
		from = i + 1;
	}
	sbuf_add(out, str_from_at(text, from));
	return out->err;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~' || c == ':';
}

enum err html_add_uri(struct sbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_plain(text.ptr[i]))
			sbuf_add_char(out, text.ptr[i]);
		else
			sbuf_printf(out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
	}
	return out->err;
}
