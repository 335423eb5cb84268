/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of blocked addresses that others publish at a node of publish-subscribe (XEP-0060), an item
 * an address: where they are, and how their items stand in the store. Any thread. */
#pragma once

#include "base/arena.h"
#include "xmpp/jid.h"

enum {
	BLOCK_NODES_MAX = 16,          /* lists that a server reads */
	BLOCK_NODE_ITEMS_MAX = 100000, /* of one list; what comes then is not taken */
	BLOCK_NODE_NAME_MAX = 1024,    /* bytes of its name */
};

struct block_node {
	struct str service; /* bare JID */
	struct str node;
};

/* Reads where a list is, as people write it: "xmpp:SERVICE?;node=NODE" (XEP-0060 12.22), or the
 * service alone, whose node is then "muc_bans_sha256", as everywhere. Strings in the arena.
 * ERR_INVALID. */
must_check enum err block_node_parse(struct arena *a, struct str text, struct block_node *ret_node);

/* ---- in the store: rows of the server's domain ---- */

#define BLOCK_NODE_SPACE STR("block-node") /* key: block_node_key; no value */

/* With an empty id: what all keys of the list begin with. */
struct str block_node_key(struct arena *a, const struct block_node *n, struct str id);

/* Views. ERR_INVALID for what no version of this program wrote. */
must_check enum err block_node_key_read(struct str key, struct block_node *ret_node,
					struct str *ret_id);
