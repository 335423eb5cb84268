/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting by depth, see cutter.h. A piece that is not whole yet is looked at again from its start:
 * pieces are small, and the buffer that holds them is limited. */
#include "cutter.h"

/* The length of the tag at the front of s with its '<' and '>', 0: not whole. Quotes may hold a
 * '>'. */
static size_t tag_len(struct str s)
{
	char quote = 0;

	for (size_t i = 1; i < s.len; i++) {
		char c = s.ptr[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
	}
	return 0;
}

/* The length of the element at the front of s. */
static enum err element_len(struct str s, size_t *ret_len)
{
	size_t at = 0, depth = 0;

	do {
		const char *open = memchr(s.ptr + at, '<', s.len - at);
		size_t len;

		if (!open)
			return ERR_AGAIN;
		at = (size_t)(open - s.ptr);
		len = tag_len(str_from_at(s, at));
		if (!len)
			return ERR_AGAIN;
		if (open[1] == '!' || open[1] == '?')
			return ERR_INVALID;
		if (open[1] == '/')
			depth--;
		else if (open[len - 2] != '/')
			depth++;
		at += len;
	} while (depth && at < s.len);
	if (depth)
		return ERR_AGAIN;
	*ret_len = at;
	return OK;
}

static struct str skip_space(struct str s)
{
	while (s.len && (*s.ptr == ' ' || *s.ptr == '\n' || *s.ptr == '\r' || *s.ptr == '\t'))
		s = str_from_at(s, 1);
	return s;
}

/* The opening tag, behind an XML declaration that may be there. */
static enum err cut_opening(struct cutter *c, struct str *data, struct str *ret_piece)
{
	struct str s = skip_space(*data);
	size_t len = s.len ? tag_len(s) : 0;

	if (len && str_starts(s, STR("<?xml"))) {
		s = skip_space(str_from_at(s, len));
		len = s.len ? tag_len(s) : 0;
	}
	if (!len)
		return ERR_AGAIN;
	if (s.ptr[0] != '<')
		return ERR_INVALID;
	c->is_open = true;
	*ret_piece = str_sub(s, 0, len);
	*data = str_from_at(s, len);
	return OK;
}

enum err cutter_next(struct cutter *c, struct str *data, struct str *ret_piece)
{
	struct str s = skip_space(*data);
	size_t len;
	enum err e;

	if (!c->is_open)
		return cut_opening(c, data, ret_piece);
	*data = s;
	if (s.len < 2)
		return ERR_AGAIN;
	if (s.ptr[0] != '<')
		return ERR_INVALID;
	if (s.ptr[1] == '/')
		return ERR_CLOSED;
	e = element_len(s, &len);
	if (e)
		return e;
	*ret_piece = str_sub(s, 0, len);
	*data = str_from_at(s, len);
	return OK;
}

static bool ends_name(char c)
{
	return c == ' ' || c == '>' || c == '/' || c == '=' || c == '\n' || c == '\r' || c == '\t';
}

static struct str name_at(struct str s)
{
	size_t n = 0;

	while (n < s.len && !ends_name(s.ptr[n]))
		n++;
	return str_sub(s, 0, n);
}

struct str piece_name(struct str piece)
{
	return name_at(str_from_at(piece, 1));
}

struct str piece_attr(struct str piece, struct str name)
{
	struct str s = str_sub(piece, 0, tag_len(piece));

	s = str_from_at(s, piece_name(s).len + 1);
	for (;;) {
		struct str key, value;
		ptrdiff_t end;

		s = skip_space(s);
		key = name_at(s);
		s = skip_space(str_from_at(s, key.len));
		if (!key.len || s.len < 3 || s.ptr[0] != '=')
			return STR_NONE;
		s = skip_space(str_from_at(s, 1));
		end = s.len ? str_index(str_from_at(s, 1), s.ptr[0]) : -1;
		if (end < 0)
			return STR_NONE;
		value = str_sub(s, 1, (size_t)end);
		if (str_eq(key, name))
			return value;
		s = str_from_at(s, (size_t)end + 2);
	}
}

struct str piece_text(struct str piece, struct str name)
{
	struct str s = piece;
	ptrdiff_t at, end;

	while ((at = str_index(s, '<')) >= 0) {
		size_t len;

		s = str_from_at(s, (size_t)at);
		len = tag_len(s);
		if (!len)
			return STR_NONE;
		if (str_eq(piece_name(s), name) && s.ptr[len - 2] != '/') {
			s = str_from_at(s, len);
			end = str_index(s, '<');
			return end < 0 ? STR_NONE : str_sub(s, 0, (size_t)end);
		}
		s = str_from_at(s, len);
	}
	return STR_NONE;
}

bool piece_has(struct str piece, struct str needle)
{
	return str_find(piece, needle) >= 0;
}
