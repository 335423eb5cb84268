/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that others publish, see block_node.h. */
#include "server/model/block_node.h"

#define SEPARATOR    '\x1f' /* cannot stand in XML */
#define DEFAULT_NODE STR("muc_bans_sha256")

/* The value of a "node=" among what stands behind '?', parts separated by ';'. */
static enum err read_node(struct arena *a, struct str query, struct str *ret_node)
{
	struct str part;

	while (str_split(&query, ';', &part)) {
		if (!str_starts(part, STR("node=")))
			continue;
		part = str_from_at(part, 5);
		if (!part.len || part.len > BLOCK_NODE_NAME_MAX || str_index(part, '%') >= 0)
			return ERR_INVALID;
		*ret_node = arena_dup(a, part);
		return OK;
	}
	return ERR_INVALID;
}

enum err block_node_parse(struct arena *a, struct str text, struct block_node *ret_node)
{
	struct block_node n = { .node = DEFAULT_NODE };
	struct str service = str_trim(text);
	struct jid jid;
	ptrdiff_t at;

	if (str_starts(service, STR("xmpp:")))
		service = str_from_at(service, 5);
	at = str_index(service, '?');
	if (at >= 0) {
		if (read_node(a, str_from_at(service, (size_t)at + 1), &n.node))
			return ERR_INVALID;
		service = str_sub(service, 0, (size_t)at);
	}
	if (jid_parse(a, arena_dup(a, service), &jid) || jid_is_full(jid))
		return ERR_INVALID;
	n.service = jid.full;
	*ret_node = n;
	return OK;
}

struct str block_node_key(struct arena *a, const struct block_node *n, struct str id)
{
	return ARENA_JOIN(a, n->service, STR("\x1f"), n->node, STR("\x1f"), id);
}

enum err block_node_key_read(struct str key, struct block_node *ret_node, struct str *ret_id)
{
	struct block_node n;

	if (!str_split(&key, SEPARATOR, &n.service) || !str_split(&key, SEPARATOR, &n.node) ||
	    !n.service.len || !n.node.len || !key.len)
		return ERR_INVALID;
	*ret_node = n;
	*ret_id = key;
	return OK;
}
