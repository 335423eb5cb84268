/* SPDX-License-Identifier: Apache-2.0 */
/* XEP-0484, see fast.h. */
#include "server/session/fast.h"

#include "server/model/token.h"
#include "server/session/channel.h"
#include "xmpp/ns.h"

/* XEP-0484 wants TLS. A WebSocket on a loopback address is as good as passwords are there: browsers
 * count http://localhost as secure, and a page that may not keep a token would keep the password.
 */
static bool is_safe(const struct conn *c)
{
	return transport_is_secure(c->transport) || (c->is_websocket && c->may_be_plain);
}

bool fast_is_offered(const struct conn *c, enum ht_kind kind)
{
	struct arena a scoped(arena_done) = { 0 };

	if (!is_safe(c))
		return false;
	arena_init(&a, KIB);
	return kind == HT_NONE || fast_binding(c, &a, kind).len > 0;
}

struct str fast_binding(const struct conn *c, struct arena *a, enum ht_kind kind)
{
	struct scram_binding all[SASL_BINDINGS_MAX];
	size_t count = channel_bindings(c, a, all);

	for (size_t i = 0; i < count; i++) {
		if (str_eq(all[i].kind, ht_binding(kind)))
			return all[i].data;
	}
	return STR("");
}

void fast_add_offer(const struct conn *c, struct arena *a, struct xml *holder)
{
	struct xml *fast;

	if (!is_safe(c))
		return;
	fast = xml_add_new(a, holder, NS_FAST, STR("fast"));
	xml_set(a, fast, STR("tls-0rtt"), STR("false"));
	for (int kind = 0; kind < HT_KINDS; kind++) {
		if (fast_is_offered(c, (enum ht_kind)kind))
			(void)xml_add_text_el(a, fast, NS_FAST, STR("mechanism"),
					      ht_name((enum ht_kind)kind));
	}
}

/* xs:boolean; not there: false. */
static bool read_bool(struct str s, bool *ret_value)
{
	*ret_value = str_eq(s, STR("true")) || str_eq(s, STR("1"));
	return *ret_value || !s.ptr || str_eq(s, STR("false")) || str_eq(s, STR("0"));
}

static bool read_fast(const struct xml *fast, struct fast_request *r)
{
	struct str count = xml_attr(fast, STR("count"));

	r->is_used = true;
	if (count.ptr && (str_to_i64(count, &r->count) || r->count < 0))
		return false;
	return read_bool(xml_attr(fast, STR("invalidate")), &r->is_invalidating);
}

bool fast_read(const struct conn *c, const struct xml *authenticate, struct fast_request *ret_r)
{
	const struct xml *fast = xml_child(authenticate, NS_FAST, STR("fast"));
	const struct xml *wish = xml_child(authenticate, NS_FAST, STR("request-token"));
	struct fast_request r = { .count = TOKEN_COUNT_NONE };

	if (fast && !read_fast(fast, &r))
		return false;
	r.wants_token = wish && ht_kind_of(xml_attr(wish, STR("mechanism")), &r.wanted) &&
			fast_is_offered(c, r.wanted);
	*ret_r = r;
	return true;
}
