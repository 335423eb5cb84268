/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for later, see later.h. */
#include "server/model/later.h"

#include "base/mem.h"

struct later *later_new(void)
{
	struct later *l = mem_zalloc(1, sizeof(*l));

	list_init(&l->items);
	return l;
}

static struct str keep(struct str s)
{
	return s.len ? str_make(str_dup(s), s.len) : STR_NONE;
}

static void item_free(struct later_item *item)
{
	mem_free((void *)(uintptr_t)item->failure.ptr);
	mem_free((void *)(uintptr_t)item->nick.ptr);
	(void)bytes_unref(item->stanza);
	mem_free(item);
}

void later_remove(struct later *l, struct later_item *item)
{
	list_remove(&item->link);
	l->count--;
	l->bytes -= item->stanza->len;
	item_free(item);
}

void later_free(struct later **l)
{
	if (!*l)
		return;
	list_each (link, &(*l)->items)
		later_remove(*l, list_entry(link, struct later_item, link));
	mem_free(*l);
	*l = NULL;
}

struct later_item *later_find(const struct later *l, struct str id)
{
	if (!l)
		return NULL;
	list_each (link, (struct list *)(uintptr_t)&l->items) {
		struct later_item *item = list_entry(link, struct later_item, link);

		if (str_eq(str_from(item->id), id))
			return item;
	}
	return NULL;
}

struct later_item *later_put(struct later *l, const struct later_item *item)
{
	struct later_item *old = later_find(l, str_from(item->id));
	struct later_item *new = mem_zalloc(1, sizeof(*new));

	memcpy(new->id, item->id, sizeof(new->id));
	new->wall_at = item->wall_at;
	new->failure = keep(item->failure);
	new->nick = keep(item->nick);
	new->stanza = bytes_new(bytes_str(item->stanza));
	if (old)
		later_remove(l, old);
	list_append(&l->items, &new->link);
	l->count++;
	l->bytes += new->stanza->len;
	return new;
}

void later_fail(struct later_item *item, struct str condition)
{
	mem_free((void *)(uintptr_t)item->failure.ptr);
	item->failure = keep(condition);
}

/* ---- rows ---- */

/* "<wall usec>\n<failure>\n<nick>\n<stanza>": neither failure nor nick has a new line. */
struct str later_encode(const struct later_item *item, struct arena *a)
{
	return ARENA_JOIN(a, arena_printf(a, "%lld\n", (long long)item->wall_at), item->failure,
			  STR("\n"), item->nick, STR("\n"), bytes_str(item->stanza));
}

enum err later_decode(struct later *l, struct str key, struct str value)
{
	struct later_item item = { .wall_at = 0 };
	struct str at;

	if (key.len != LATER_ID_LEN || !str_split(&value, '\n', &at) ||
	    str_to_i64(at, &item.wall_at) || !str_split(&value, '\n', &item.failure) ||
	    !str_split(&value, '\n', &item.nick) || !value.len ||
	    item.failure.len > LATER_FAILURE_MAX || item.nick.len > LATER_NICK_MAX)
		return ERR_INVALID;
	memcpy(item.id, key.ptr, key.len);
	item.stanza = bytes_new(value);
	(void)later_put(l, &item);
	(void)bytes_unref(item.stanza);
	return OK;
}

struct str later_due_key(usec_t wall_at, struct str account, struct str id, struct arena *a)
{
	return ARENA_JOIN(a, arena_printf(a, "%016llx ", (unsigned long long)wall_at), id, STR(" "),
			  account);
}

static bool read_hex(struct str s, usec_t *ret_n)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret_n = (usec_t)n;
	return s.len == 16 && n <= INT64_MAX;
}

enum err later_due_read(struct str key, usec_t *ret_wall_at, struct str *ret_account,
			struct str *ret_id)
{
	struct str at, id;

	if (!str_split(&key, ' ', &at) || !read_hex(at, ret_wall_at) ||
	    !str_split(&key, ' ', &id) || id.len != LATER_ID_LEN || !key.len)
		return ERR_INVALID;
	*ret_account = key;
	*ret_id = id;
	return OK;
}
