/* SPDX-License-Identifier: Apache-2.0 */
/* What an account's nodes say of themselves (XEP-0060 5.2 to 5.5, XEP-0163 6), each only to who may
 * read it. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* Adds an item for each node that the asker of d may read to a disco#items query; their count. */
size_t pep_disco_nodes(struct dispatch *d, struct xml *query);

/* The answer to disco#info and disco#items of a node: a query standing alone, or NULL for a node
 * that is not there, or not for the asker. */
struct xml *pep_disco_node_info(struct dispatch *d, struct str node);
struct xml *pep_disco_node_items(struct dispatch *d, struct str node);
