/* SPDX-License-Identifier: Apache-2.0 */
/* URLs, see url.h. */
#include "codec/url.h"

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}#", c))
			return false;
	}
	return true;
}

static bool is_made_of(struct str s, const char *signs)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!memchr(signs, s.ptr[i], strlen(signs)))
			return false;
	}
	return s.len > 0;
}

static bool read_port(struct str text, uint16_t *ret_port)
{
	uint64_t n;

	if (!is_made_of(text, "0123456789") || text.len > 5 || str_to_u64(text, &n) || n < 1 ||
	    n > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)n;
	return true;
}

static bool read_authority(struct str s, struct url *u)
{
	static const char name_signs[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	ptrdiff_t colon;

	u->authority = s;
	u->port = u->is_https ? 443 : 80;
	u->is_v6 = str_starts(s, STR("["));
	if (u->is_v6) {
		ptrdiff_t end = str_index(s, ']');

		if (end < 0)
			return false;
		u->host = str_sub(s, 1, (size_t)end - 1);
		s = str_from_at(s, (size_t)end + 1);
		colon = s.len ? 0 : -1;
		if (s.len && s.ptr[0] != ':')
			return false;
	} else {
		colon = str_index(s, ':');
		u->host = colon < 0 ? s : str_sub(s, 0, (size_t)colon);
	}
	if (!is_made_of(u->host, u->is_v6 ? "0123456789abcdefABCDEF:." : name_signs) ||
	    u->host.len > URL_HOST_MAX)
		return false;
	return colon < 0 || read_port(str_from_at(s, (size_t)colon + 1), &u->port);
}

enum err url_read(struct str text, struct url *ret_url)
{
	struct url u = { .is_https = str_starts(text, STR("https://")) };
	struct str rest;
	size_t end = 0, scheme;

	if (text.len > URL_MAX)
		return ERR_TOO_BIG;
	if ((!u.is_https && !str_starts(text, STR("http://"))) || !is_printable(text))
		return ERR_INVALID;
	scheme = u.is_https ? 8 : 7;
	rest = str_from_at(text, scheme);
	while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
		end++;
	if (!read_authority(str_sub(rest, 0, end), &u))
		return ERR_INVALID;
	u.origin = str_sub(text, 0, scheme + end);
	u.path = str_from_at(rest, end);
	*ret_url = u;
	return OK;
}
