/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and origins. Any thread. */
#include "server/http/route.h"

static bool fits(const struct http_route *r, struct str path)
{
	return r->is_prefix ? str_starts(path, r->path) : str_eq(path, r->path);
}

static unsigned all_verbs(const struct http_route *r)
{
	bool is_get = r->verbs & HTTP_VERB_BIT(HTTP_VERB_GET);

	return r->verbs | (is_get ? HTTP_VERB_BIT(HTTP_VERB_HEAD) : 0);
}

static bool is_closer(const struct http_route *r, const struct http_route *than)
{
	if (!than || r->is_prefix != than->is_prefix)
		return !than || !r->is_prefix;
	return r->path.len > than->path.len;
}

enum route_result route_find(const struct http_route *routes, size_t count, enum http_verb verb,
			     struct str path, const struct http_route **ret_route,
			     unsigned *ret_verbs)
{
	const struct http_route *found = NULL;
	unsigned others = 0;

	for (size_t i = 0; i < count; i++) {
		const struct http_route *r = &routes[i];

		if (!fits(r, path))
			continue;
		if (!(all_verbs(r) & HTTP_VERB_BIT(verb)))
			others |= all_verbs(r);
		else if (is_closer(r, found))
			found = r;
	}
	if (found) {
		*ret_route = found;
		return ROUTE_FOUND;
	}
	if (!others)
		return ROUTE_NO_PATH;
	*ret_verbs = others;
	return ROUTE_NO_VERB;
}

enum err route_write_verbs(struct sbuf *out, unsigned verbs)
{
	static const char *const names[] = {
		[HTTP_VERB_GET] = "GET",         [HTTP_VERB_HEAD] = "HEAD",
		[HTTP_VERB_POST] = "POST",       [HTTP_VERB_PUT] = "PUT",
		[HTTP_VERB_DELETE] = "DELETE",   [HTTP_VERB_PATCH] = "PATCH",
		[HTTP_VERB_OPTIONS] = "OPTIONS",
	};
	size_t before = out->len;

	for (size_t i = 0; i < array_len(names); i++) {
		if (verbs & HTTP_VERB_BIT(i))
			sbuf_printf(out, "%s%s", out->len > before ? ", " : "", names[i]);
	}
	return out->err;
}

/* The part behind "https://" or "http://", without the port that the scheme implies. */
static bool split_origin(struct str origin, struct str *ret_host, struct str *ret_port)
{
	if (str_starts(origin, STR("https://"))) {
		*ret_host = str_from_at(origin, 8);
		*ret_port = STR(":443");
	} else if (str_starts(origin, STR("http://"))) {
		*ret_host = str_from_at(origin, 7);
		*ret_port = STR(":80");
	} else {
		return false;
	}
	return !str_is_empty(*ret_host);
}

static struct str without(struct str host, struct str port)
{
	return str_ends(host, port) ? str_sub(host, 0, host.len - port.len) : host;
}

bool route_may_come_from(struct str origin, struct str host, const struct str *origins,
			 size_t count)
{
	struct str from, port;

	if (!str_is_set(origin))
		return true;
	for (size_t i = 0; i < count; i++) {
		if (str_eq_nocase(origin, origins[i]))
			return true;
	}
	return split_origin(origin, &from, &port) && !str_is_empty(host) &&
	       str_eq_nocase(without(from, port), without(host, port));
}
