/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of nodes and items in the txn of a dispatch. On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* Stores the node's row, again after each change of its configuration and people. */
void pep_save(struct dispatch *d, const struct pep_node *node);
void pep_unsave(struct dispatch *d, const struct pep_node *node);

/* Stores both rows of an item; text: its payload as it is stored. */
void pep_save_item(struct dispatch *d, const struct pep_item *item, struct str text);

/* Takes the item away, in memory and in the store. */
void pep_drop_item(struct dispatch *d, struct pep_item *item);
