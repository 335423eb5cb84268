/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sizes of private storage, see private_index.h. */
#include "server/model/private_index.h"

#include "base/mem.h"

struct private_index *private_index_new(void)
{
	struct private_index *x = mem_zalloc(1, sizeof(*x));

	map_init(&x->items);
	return x;
}

static void item_free(struct private_item *item)
{
	mem_free((void *)(uintptr_t)item->key.ptr);
	mem_free(item);
}

void private_index_free(struct private_index **index)
{
	struct private_index *x = *index;
	struct private_item *item;
	size_t at = 0;

	*index = NULL;
	if (!x)
		return;
	while ((item = map_next(&x->items, &at)))
		item_free(item);
	map_done(&x->items);
	mem_free(x);
}

struct str private_key(struct arena *a, struct str ns, struct str name)
{
	return ARENA_JOIN(a, STR("{"), ns, STR("}"), name);
}

bool private_index_has(const struct private_index *x, struct str key)
{
	return map_get(&x->items, key) != NULL;
}

struct private_index_change private_index_change(const struct private_index *x, struct str key,
						 size_t bytes)
{
	const struct private_item *item = map_get(&x->items, key);
	struct private_index_change c = { 0 };

	if (item) {
		c.old_items = 1;
		c.old_bytes = key.len + item->bytes;
	}
	if (bytes) {
		c.new_items = 1;
		c.new_bytes = key.len + bytes;
	}
	return c;
}

void private_index_set(struct private_index *x, struct str key, size_t bytes)
{
	struct private_index_change c = private_index_change(x, key, bytes);
	struct private_item *item;

	if (c.old_items)
		item_free(map_remove(&x->items, key));
	x->bytes = x->bytes - c.old_bytes + c.new_bytes;
	if (!c.new_items)
		return;
	item = mem_zalloc(1, sizeof(*item));
	item->key = str_make(str_dup(key), key.len);
	item->bytes = bytes;
	(void)map_set(&x->items, item->key, item);
}

enum err private_index_decode(struct private_index *x, struct str key, struct str value)
{
	int64_t bytes;

	if (str_to_i64(value, &bytes) || bytes <= 0)
		return ERR_INVALID;
	private_index_set(x, key, (size_t)bytes);
	return OK;
}
