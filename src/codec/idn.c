/* SPDX-License-Identifier: Apache-2.0 */
/* A-labels by libidn2, see idn.h. */
#include "codec/idn.h"

#include "base/mem.h"

#include <idn2.h>

enum { LABEL_MAX = 63 };

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* RFC 1123, 2.1; an underscore begins names that are no hosts. */
static bool is_host(struct str s)
{
	struct str label;

	while (str_split(&s, '.', &label)) {
		if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
		    label.ptr[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++) {
			if (!is_host_char(label.ptr[i]))
				return false;
		}
	}
	return true;
}

static enum err copy(const char *ascii, char *buf, struct str *ret_ascii)
{
	struct str s = str_from(ascii);

	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	if (s.len == 0 || s.len > IDN_ASCII_MAX || s.ptr[s.len - 1] == '.' || !is_host(s))
		return ERR_INVALID;
	memcpy(buf, s.ptr, s.len);
	buf[s.len] = '\0';
	*ret_ascii = str_make(buf, s.len);
	return OK;
}

enum err idn_ascii(struct str domain, char *buf, struct str *ret_ascii)
{
	char *text, *ascii = NULL;
	enum err e = ERR_INVALID;

	if (str_is_empty(domain) || memchr(domain.ptr, '\0', domain.len))
		return ERR_INVALID;
	text = str_dup(domain);
	if (idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		e = copy(ascii, buf, ret_ascii);
	idn2_free(ascii);
	mem_free(text);
	return e;
}
