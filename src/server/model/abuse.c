/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse, see abuse.h. */
#include "server/model/abuse.h"

#include "base/random.h"

#include <inttypes.h>

enum { TIME_CHARS = 16, TOKEN_CHARS = 10 };
#define SEPARATOR '\x1f' /* cannot stand in XML */

struct str abuse_key(struct arena *a, usec_t wall)
{
	char token[TOKEN_CHARS + 1];

	random_token(token, TOKEN_CHARS);
	return arena_printf(a, "%016" PRIx64 "-%s", (uint64_t)wall, token);
}

enum err abuse_key_read(struct str key, usec_t *ret_wall)
{
	uint64_t n = 0;

	if (key.len != TIME_CHARS + 1 + TOKEN_CHARS || key.ptr[TIME_CHARS] != '-')
		return ERR_INVALID;
	for (size_t i = 0; i < TIME_CHARS; i++) {
		char c = key.ptr[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return ERR_INVALID;
		n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret_wall = (usec_t)n;
	return OK;
}

struct str abuse_encode(const struct abuse *r, struct arena *a)
{
	return ARENA_JOIN(a, STR("1\x1f"), r->by, STR("\x1f"), r->about, STR("\x1f"), r->markup);
}

enum err abuse_decode(struct abuse *r, struct str value)
{
	struct str version;

	if (!str_split(&value, SEPARATOR, &version) || !str_eq(version, STR("1")) ||
	    !str_split(&value, SEPARATOR, &r->by) || !str_split(&value, SEPARATOR, &r->about) ||
	    !r->by.len || !r->about.len || !value.len)
		return ERR_INVALID;
	r->markup = value;
	return OK;
}

struct str abuse_copy_key(struct arena *a, struct str key, unsigned n)
{
	return arena_printf(a, "%.*s-%02u", STR_ARG(key), n);
}

struct str abuse_copy_encode(usec_t wall, struct str stanza, struct arena *a)
{
	return arena_printf(a, "%" PRId64 " %.*s", (int64_t)wall, STR_ARG(stanza));
}

enum err abuse_copy_decode(struct str value, usec_t *ret_wall, struct str *ret_stanza)
{
	struct str wall;
	int64_t n;

	if (!str_split(&value, ' ', &wall) || str_to_i64(wall, &n) || !value.len)
		return ERR_INVALID;
	*ret_wall = n;
	*ret_stanza = value;
	return OK;
}
