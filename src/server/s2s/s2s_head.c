/* SPDX-License-Identifier: Apache-2.0 */
/* The first tag of a stanza, see s2s_head.h. */
#include "server/s2s/s2s_head.h"

#include "server/route/post.h"
#include "xml/build.h"
#include "xmpp/condition.h"

/* Bytes of the tag up to its >, which no value holds as it is serialised here. */
static struct str tag_of(struct arena *a, struct str stanza)
{
	ptrdiff_t end = str_index(stanza, '>');

	if (end < 1)
		return STR_NONE;
	if (stanza.ptr[end - 1] == '/')
		end--;
	return ARENA_JOIN(a, str_sub(stanza, 0, (size_t)end), STR("/>"));
}

/* An answer that is awaited: to a request to subscribe, or to enter a room (RFC 6121 3.1.3,
 * XEP-0045 7.2). All other presence is told to whoever may see it. */
static bool is_telling(const struct stanza *s)
{
	if (s->kind != STANZA_PRESENCE || s->type == PRESENCE_SUBSCRIBE)
		return false;
	return s->type != PRESENCE_AVAILABLE || !jid_is_full(s->to);
}

enum err s2s_head_read(struct arena *a, struct str stanza, struct s2s_head *ret_head)
{
	enum stanza_fault fault;
	struct stanza s;
	struct xml *el;

	if (xml_parse(a, tag_of(a, stanza), &post_scope, &post_limits, &el))
		return ERR_INVALID;
	fault = stanza_read(a, el, &s); /* STANZA_BAD_TYPE: of a request nothing is inside here */
	if (fault == STANZA_NOT_A_STANZA || fault == STANZA_BAD_FROM || !jid_is_set(s.from))
		return ERR_INVALID;
	ret_head->from = s.from.domain;
	ret_head->is_quiet = is_telling(&s) || !reply_may_error(&s);
	return OK;
}
