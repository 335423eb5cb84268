/* SPDX-License-Identifier: Apache-2.0 */
/* What clients say that they want to be told of (XEP-0060 9.2: features "node+notify"), by the hash
 * of their capabilities (XEP-0115). One hash is asked for once: what it means is kept when, and
 * only when, it was verified; everything else is true of the one resource that said it. One store
 * of a loop, bounded; on that loop. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "xml/tree.h"

struct client_caps_store;

enum {
	CLIENT_CAPS_KEPT_MAX = 1000,  /* hashes that nobody uses now or many use; the one least
					 recently asked for goes */
	CLIENT_CAPS_NODES_MAX = 100,  /* that one client may want */
	CLIENT_CAPS_BYTES_MAX = 8192, /* of their names */
	CLIENT_CAPS_HASH_MAX = 256,   /* bytes of a hash as the client writes it */
};

/* Counted; constant. */
struct client_caps {
	struct list link; /* in the store, the one last asked for first; of one resource: in none */
	struct str key;   /* in the store */
	unsigned refs;
	unsigned count;
	struct str nodes[];
};

struct client_caps_store *client_caps_store_new(void) __attribute__((returns_nonnull));
void client_caps_store_free(struct client_caps_store **s);

/* What this hash means (a count for the caller), or NULL if that is not known. */
struct client_caps *client_caps_find(struct client_caps_store *s, struct str hash, struct str ver);

/* Takes what a client answered to disco#info; kept under hash and ver if they are right. hash may
 * be unset: then it is of one resource only. A count for the caller. */
struct client_caps *client_caps_learn(struct client_caps_store *s, struct str hash, struct str ver,
				      const struct xml *query) __attribute__((returns_nonnull));

/* Whether events of this node are wanted. c may be NULL: nothing is. */
bool client_caps_wants(const struct client_caps *c, struct str node);

/* Names that c wants and told (NULL: nothing) does not, copied to the arena; how many. */
size_t client_caps_more(const struct client_caps *c, const struct client_caps *told,
			struct arena *a, struct str **ret_nodes);

struct client_caps *client_caps_ref(struct client_caps *c);
struct client_caps *client_caps_unref(struct client_caps *c);
