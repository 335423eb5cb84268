/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of nodes and items: whatever is accepted is written back as something that
 * is accepted and means the same. The first byte says which of the two it is. */
#include "server/model/pep.h"

#include <stdint.h>

static void check_node(struct arena *a, struct str value)
{
	struct pep *p = pep_new(PEP_PEOPLE_MAX), *again = pep_new(PEP_PEOPLE_MAX);
	const struct pep_person *person;
	size_t at = 0;

	if (pep_decode(p, PEP_NODE_SPACE, STR("n"), value) == OK) {
		const struct pep_node *node = pep_node_find(p, STR("n")), *copy;

		must(pep_decode(again, PEP_NODE_SPACE, STR("n"), pep_node_encode(node, a)) == OK);
		copy = pep_node_find(again, STR("n"));
		must(pubsub_config_eq(&node->config, &copy->config));
		while ((person = pep_person_next(node, &at)))
			must(pep_decode(again, PEP_PERSON_SPACE,
					pep_item_key(a, node->name, person->jid),
					pep_person_encode(person, a)) == OK);
		must(node->people.count == copy->people.count);
		must(str_eq(node->creator, copy->creator));
		must(p->index_bytes == again->index_bytes);
	}
	pep_free(&p);
	pep_free(&again);
}

static void check_item(struct arena *a, struct str value)
{
	struct pubsub_config config = pubsub_config_default();
	struct pep *p = pep_new(PEP_PEOPLE_MAX), *again = pep_new(PEP_PEOPLE_MAX);
	struct str key = pep_item_key(a, STR("n"), STR("i"));

	(void)pep_node_add(p, STR("n"), &config, STR(""));
	(void)pep_node_add(again, STR("n"), &config, STR(""));
	if (pep_decode(p, PEP_ITEM_SPACE, key, value) == OK) {
		const struct pep_item *item = pep_item_first(pep_node_find(p, STR("n"))), *copy;

		must(pep_decode(again, PEP_ITEM_SPACE, key, pep_item_encode(item, a)) == OK);
		pep_decoded(again);
		copy = pep_item_first(pep_node_find(again, STR("n")));
		must(copy->order == item->order && copy->wall_time == item->wall_time);
		must(copy->bytes == item->bytes && str_eq(copy->publisher, item->publisher));
	}
	pep_free(&p);
	pep_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str value;

	if (!size || memchr(data, 0, size))
		return 0;
	arena_init(&a, MIB);
	value = str_make((const char *)data + 1, size - 1);
	if (data[0] == 'n')
		check_node(&a, value);
	else
		check_item(&a, value);
	return 0;
}
