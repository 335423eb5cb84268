/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of nodes and items, see pep_row.h. */
#include "server/pep/pep_row.h"

#include "server/pep/pep_service.h"

void pep_save(struct dispatch *d, struct pep_node *node)
{
	const struct pep_person *person;
	size_t at = 0;

	txn_put(dispatch_txn(d), d->entity->jid.full, PEP_NODE_SPACE, node->name,
		pep_node_encode(node, d->arena));
	while (node->has_old_people && (person = pep_person_next(node, &at)))
		pep_save_person(d, node, person->jid);
	node->has_old_people = false;
}

void pep_save_person(struct dispatch *d, const struct pep_node *node, struct str jid)
{
	const struct pep_person *person = pep_person_find(node, jid);
	struct str key = pep_item_key(d->arena, node->name, jid);

	if (person)
		txn_put(dispatch_txn(d), d->entity->jid.full, PEP_PERSON_SPACE, key,
			pep_person_encode(person, d->arena));
	else
		txn_delete(dispatch_txn(d), d->entity->jid.full, PEP_PERSON_SPACE, key);
}

void pep_unsave(struct dispatch *d, const struct pep_node *node)
{
	const struct pep_person *person;
	size_t at = 0;

	while ((person = pep_person_next(node, &at)))
		txn_delete(dispatch_txn(d), d->entity->jid.full, PEP_PERSON_SPACE,
			   pep_item_key(d->arena, node->name, person->jid));
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

/* ---- loading ---- */

/* Nodes first: what follows belongs to one. */
const struct str pep_spaces[] = {
	STR_INIT("pep-node"), STR_INIT("pep-person"), STR_INIT("pep-item"), { .ptr = NULL }
};

void pep_load(struct entity *e, const struct keyval_row *rows)
{
	e->pep = pep_new(pep_limits_of(e).people);
	for (; rows; rows = rows->next) {
		for (const struct str *space = pep_spaces; space->ptr; space++) {
			if (str_eq(rows->space, *space) &&
			    pep_decode(e->pep, rows->space, rows->key, rows->value))
				log_error(&e->log, "a node or an item in the store cannot be read",
					  F_STR("key", rows->key));
		}
	}
	pep_decoded(e->pep);
}

void pep_unload(struct entity *e)
{
	pep_free(&e->pep);
}
