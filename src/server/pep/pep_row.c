/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of nodes and items, see pep_row.h. */
#include "server/pep/pep_row.h"

void pep_save(struct dispatch *d, const struct pep_node *node)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, PEP_NODE_SPACE, node->name,
		pep_node_encode(node, d->arena));
}

void pep_unsave(struct dispatch *d, const struct pep_node *node)
{
	txn_delete(dispatch_txn(d), d->entity->jid.full, PEP_NODE_SPACE, node->name);
}

void pep_save_item(struct dispatch *d, const struct pep_item *item, struct str text)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, PEP_ITEM_SPACE, item->key,
		pep_item_encode(item, d->arena));
	txn_put(dispatch_txn(d), d->entity->jid.full, PEP_DATA_SPACE, item->key, text);
}

void pep_drop_item(struct dispatch *d, struct pep_item *item)
{
	txn_delete(dispatch_txn(d), d->entity->jid.full, PEP_ITEM_SPACE, item->key);
	txn_delete(dispatch_txn(d), d->entity->jid.full, PEP_DATA_SPACE, item->key);
	pep_item_remove(d->entity->pep, item);
}
