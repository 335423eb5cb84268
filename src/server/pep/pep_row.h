/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of nodes and items in the txn of a dispatch. On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* Stores the node's row, again after each change of its configuration. */
void pep_save(struct dispatch *d, struct pep_node *node);

/* Stores how jid stands at the node, or that he does not any more. A node with has_old_people is
 * saved first. */
void pep_save_person(struct dispatch *d, const struct pep_node *node, struct str jid);

/* The node's row and those of its people. */
void pep_unsave(struct dispatch *d, const struct pep_node *node);

/* Stores both rows of an item; text: its payload as it is stored. */
void pep_save_item(struct dispatch *d, const struct pep_item *item, struct str text);

/* Takes the item away, in memory and in the store. */
void pep_drop_item(struct dispatch *d, struct pep_item *item);

/* The spaces that are read with an entity that publishes; what its feature does with their rows
 * (feature.on_load, on_unload). */
extern const struct str pep_spaces[];
void pep_load(struct entity *e, const struct keyval_row *rows);
void pep_unload(struct entity *e);
