/* SPDX-License-Identifier: Apache-2.0 */
/* A node with its payloads, see pep_read.h. */
#include "server/pep/pep_read.h"

#include "server/route/post.h"
#include "server/route/settle.h"
#include "xml/build.h"

/* Of a dispatch that waits, in its arena. */
struct all {
	struct str node;
	struct pep_found found;
	void (*fn)(struct dispatch *d, const struct pep_found *found);
};

static void go_on(struct dispatch *d)
{
	struct all *all = d->wait_arg;

	all->fn(d, &all->found);
}

/* ---- the store ---- */

/* What was stored was judged before: the limits only have to be wide enough. */
static enum err parse(struct arena *a, struct str text, struct xml **ret_payload)
{
	*ret_payload = NULL;
	return text.len && xml_parse(a, text, &post_alone_scope, &post_limits, ret_payload) ? ERR_IO
											    : OK;
}

static enum err take(struct dispatch *d, const struct keyval_row *row, struct pep_found *found)
{
	struct pep_stored *one = &found->items[found->count];
	struct str key = arena_dup(d->arena, row->key), node;

	if (pep_item_key_read(key, &node, &one->id) ||
	    parse(d->arena, arena_dup(d->arena, row->value), &one->payload))
		return ERR_IO;
	found->count++;
	return OK;
}

static void on_read(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct all *all = d->wait_arg;
	const struct keyval_row *row = answer->err || !all->found.items ? NULL : answer->rows;

	if (!all->found.err)
		all->found.err = answer->err;
	for (; row && !all->found.err; row = row->next)
		all->found.err = take(d, row, &all->found);
	if (all->found.err)
		log_error(&d->entity->log, "items cannot be read", F_ERR(all->found.err),
			  F_STR("node", all->node));
	dispatch_resume(d);
}

/* ---- in turn ---- */

/* Which items; ERR_TOO_BIG. */
static enum err pick(struct dispatch *d, const struct pep_node *node, struct all *all,
		     struct store_request *request)
{
	struct str *keys = arena_alloc(d->arena, node->item_count * sizeof(*keys));
	size_t bytes = 0;

	for (const struct pep_item *item = pep_item_first(node); item; item = pep_item_next(item)) {
		bytes += item->bytes;
		keys[request->key_count++] = arena_dup(d->arena, item->key);
	}
	request->keys = keys;
	all->found.items = arena_alloc(d->arena, node->item_count * sizeof(*all->found.items));
	return bytes > PEP_READ_BYTES_MAX ? ERR_TOO_BIG : OK;
}

/* Always asks the store, though there may be nothing to ask for: what goes on may not go on before
 * we have returned. */
static void look(struct dispatch *d)
{
	struct all *all = d->wait_arg;
	const struct pep_node *node = pep_node_find(d->entity->pep, all->node);
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = PEP_DATA_SPACE };

	if (node && node->item_count > PEP_READ_ITEMS_MAX)
		all->found.err = ERR_TOO_BIG;
	else if (node && node->item_count)
		all->found.err = pick(d, node, all, &request);
	if (!request.key_count || all->found.err) {
		request.key_count = 0;
		request.keys = NULL;
		request.key = all->node;
		all->found.items = NULL;
	}
	store_read(d->home->store, &request, on_read, d);
}

enum verdict pep_read_all(struct dispatch *d, struct str node, bool is_alone,
			  void (*fn)(struct dispatch *d, const struct pep_found *found))
{
	struct all *all = arena_new(d->arena, struct all);

	all->node = arena_dup(d->arena, node);
	all->fn = fn;
	d->wait_arg = all;
	return is_alone ? settle_alone(d, look, go_on) : settle_in_turn(d, look, go_on);
}
