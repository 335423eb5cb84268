/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in JSON, see json.h. */
#include "codec/json.h"

static void add_char(struct sbuf *out, char c)
{
	unsigned char byte = (unsigned char)c;

	if (c == '"' || c == '\\') {
		(void)sbuf_add_char(out, '\\');
		(void)sbuf_add_char(out, c);
	} else if (byte < ' ' || byte == 0x7f) {
		(void)sbuf_printf(out, "\\u%04x", byte);
	} else {
		(void)sbuf_add_char(out, c);
	}
}

enum err json_add_text(struct sbuf *out, struct str s)
{
	(void)sbuf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++)
		add_char(out, s.ptr[i]);
	return sbuf_add_char(out, '"');
}
