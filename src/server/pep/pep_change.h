/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of what an account has published: memory, the store and the notifications in one go. For
 * the requests of clients and for features that publish by themselves. On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/feature.h"

/* Keys of the configuration: limits.pep_*. */
extern const struct conf_table pep_conf;

/* A new node of the asker; NULL when the account or the service has too many (pep_limits_of). */
struct pep_node *pep_create(struct dispatch *d, struct str name,
			    const struct pubsub_config *config);

/* The node for what is the account's alone (XEP-0223: kept, all of it, for nobody else's eyes),
 * made if need be, and closed if it was open. NULL as above. */
struct pep_node *pep_private_node(struct dispatch *d, struct str name);

/* Another configuration; items past the new limits go. */
void pep_configure(struct dispatch *d, struct pep_node *node, const struct pubsub_config *config);

/* The node with all its items; tells who may know. */
void pep_delete(struct dispatch *d, struct pep_node *node);

/* The same without a word. */
void pep_drop(struct dispatch *d, struct pep_node *node);

/* All items of the node; tells who may know. */
void pep_purge(struct dispatch *d, struct pep_node *node);

/* Publishes; payload may be NULL. publisher: bare JID, empty for the account itself; an item of
 * that id is overwritten. ERR_TOO_BIG: the payload is larger than limits.pep_item_bytes or the
 * node's max_payload_size, or cannot be written. ERR_NO_SPACE: limits.pep_items, limits.pep_bytes
 * or PEP_INDEX_MAX. ERR_EXISTS: the node is full, and configured to say so. */
must_check enum err pep_publish(struct dispatch *d, struct pep_node *node, struct str id,
				const struct xml *payload, struct str publisher);

/* Whether so many more items, with payloads of so many bytes and ids of so many, have room in the
 * node beside all others (limits.pep_items, limits.pep_node_items, limits.pep_bytes,
 * PEP_INDEX_MAX): for who publishes several or none. */
bool pep_has_room(const struct dispatch *d, const struct pep_node *node, size_t items, size_t bytes,
		  size_t id_bytes);

/* Takes the item away; is_told: notifies even if the node is not configured to. */
void pep_retract(struct dispatch *d, struct pep_item *item, bool is_told);

/* Takes away what has passed the node's pubsub#item_expire, without a word. */
void pep_expire(struct dispatch *d, struct pep_node *node);
