/* SPDX-License-Identifier: Apache-2.0 */
/* Links to uploads, see link.h. */
#include "server/upload/link.h"

#include "codec/hex.h"
#include "server/store/blob.h"

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

struct str upload_escape(struct arena *a, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, 3 * text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_unreserved(text.ptr[i])) {
			out[n++] = text.ptr[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	return str_make(out, n);
}

struct str upload_link(struct arena *a, struct str base, const struct upload *u)
{
	return ARENA_JOIN(a, base, UPLOAD_PATH, u->id, STR("/"), upload_escape(a, u->name));
}

static enum err unescape(struct arena *a, struct str text, struct str *ret)
{
	char *out = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int high, low;

		if (text.ptr[i] != '%') {
			out[n++] = text.ptr[i];
			continue;
		}
		if (text.len - i < 3)
			return ERR_NOT_FOUND;
		high = hex_digit(text.ptr[i + 1]);
		low = hex_digit(text.ptr[i + 2]);
		if (high < 0 || low < 0)
			return ERR_NOT_FOUND;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret = str_make(out, n);
	return OK;
}

enum err upload_link_read(struct arena *a, struct str path, struct str *ret_id,
			  struct str *ret_name)
{
	struct str rest, id;

	if (!str_starts(path, UPLOAD_PATH) || path.len > UPLOAD_LINK_MAX)
		return ERR_NOT_FOUND;
	rest = str_from_at(path, UPLOAD_PATH.len);
	if (!str_split(&rest, '/', &id) || !blob_is_id(id) || !str_is_set(rest) ||
	    str_index(rest, '/') >= 0)
		return ERR_NOT_FOUND;
	*ret_id = id;
	return unescape(a, rest, ret_name);
}
