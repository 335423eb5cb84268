/* SPDX-License-Identifier: Apache-2.0 */
/* What clients want to be told of, see client_caps.h. */
#include "server/route/client_caps.h"

#include "base/mem.h"
#include "xep/caps.h"
#include "xmpp/ns.h"

#include <stdlib.h>

struct client_caps_store {
	struct map by_key;
	struct list order; /* the one last asked for first */
};

#define NOTIFY STR("+notify")

struct client_caps_store *client_caps_store_new(void)
{
	struct client_caps_store *s = mem_zalloc(1, sizeof(*s));

	map_init(&s->by_key);
	list_init(&s->order);
	return s;
}

static void forget(struct client_caps_store *s, struct client_caps *c)
{
	list_remove(&c->link);
	(void)map_remove(&s->by_key, c->key);
	(void)client_caps_unref(c);
}

void client_caps_store_free(struct client_caps_store **store)
{
	struct client_caps_store *s = *store;

	*store = NULL;
	if (!s)
		return;
	list_each (link, &s->order)
		forget(s, list_entry(link, struct client_caps, link));
	map_done(&s->by_key);
	mem_free(s);
}

struct client_caps *client_caps_ref(struct client_caps *c)
{
	if (c)
		c->refs++;
	return c;
}

struct client_caps *client_caps_unref(struct client_caps *c)
{
	if (c && --c->refs == 0) {
		mem_free((void *)(uintptr_t)c->key.ptr);
		mem_free(c);
	}
	return NULL;
}

/* "hash ver"; empty for what is too long to be one. */
static struct str make_key(char key[2 * CLIENT_CAPS_HASH_MAX + 1], struct str hash, struct str ver)
{
	if (!hash.len || !ver.len || hash.len > CLIENT_CAPS_HASH_MAX ||
	    ver.len > CLIENT_CAPS_HASH_MAX)
		return STR("");
	memcpy(key, hash.ptr, hash.len);
	key[hash.len] = ' ';
	memcpy(key + hash.len + 1, ver.ptr, ver.len);
	return str_make(key, hash.len + 1 + ver.len);
}

struct client_caps *client_caps_find(struct client_caps_store *s, struct str hash, struct str ver)
{
	char buf[2 * CLIENT_CAPS_HASH_MAX + 1];
	struct str key = make_key(buf, hash, ver);
	struct client_caps *c = key.len ? map_get(&s->by_key, key) : NULL;

	if (!c)
		return NULL;
	list_remove(&c->link);
	list_prepend(&s->order, &c->link);
	c->refs++;
	return c;
}

/* ---- reading an answer ---- */

/* The node that the feature asks for; empty for other features. */
static struct str wanted(const struct xml *el)
{
	struct str var = xml_attr(el, STR("var"));

	if (!xml_is(el, NS_DISCO_INFO, STR("feature")) || !str_ends(var, NOTIFY))
		return STR("");
	return str_sub(var, 0, var.len - NOTIFY.len);
}

static int compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct client_caps *read_answer(const struct xml *query)
{
	struct client_caps *c;
	size_t count = 0, bytes = 0;
	char *text;

	xml_each (el, query) {
		struct str node = wanted(el);

		if (node.len && count < CLIENT_CAPS_NODES_MAX &&
		    bytes + node.len <= CLIENT_CAPS_BYTES_MAX) {
			bytes += node.len;
			count++;
		}
	}
	c = mem_zalloc(1, sizeof(*c) + count * sizeof(*c->nodes) + bytes);
	c->refs = 1;
	list_init(&c->link);
	text = (char *)&c->nodes[count];
	xml_each (el, query) {
		struct str node = wanted(el);

		/* The same choice as above: what did not fit there does not here. */
		if (!node.len || c->count == count || node.len > bytes)
			continue;
		memcpy(text, node.ptr, node.len);
		c->nodes[c->count++] = str_make(text, node.len);
		text += node.len;
		bytes -= node.len;
	}
	qsort(c->nodes, c->count, sizeof(*c->nodes), compare);
	return c;
}

static void keep(struct client_caps_store *s, struct client_caps *c, struct str key)
{
	if (map_get(&s->by_key, key))
		return; /* two have been asked at the same time */
	if (s->by_key.count >= CLIENT_CAPS_KEPT_MAX)
		forget(s, list_entry(s->order.prev, struct client_caps, link));
	c->key = str_make(str_dup(key), key.len);
	c->refs++;
	list_prepend(&s->order, &c->link);
	(void)map_set(&s->by_key, c->key, c);
}

struct client_caps *client_caps_learn(struct client_caps_store *s, struct str hash, struct str ver,
				      const struct xml *query)
{
	char buf[2 * CLIENT_CAPS_HASH_MAX + 1];
	struct client_caps *c = read_answer(query);
	struct str key = make_key(buf, hash, ver);

	if (key.len && caps_verify(query, hash, ver))
		keep(s, c, key);
	return c;
}

bool client_caps_wants(const struct client_caps *c, struct str node)
{
	return c && node.len &&
	       bsearch(&node, c->nodes, c->count, sizeof(*c->nodes), compare) != NULL;
}

size_t client_caps_more(const struct client_caps *c, const struct client_caps *told,
			struct arena *a, struct str **ret_nodes)
{
	size_t count = 0;

	*ret_nodes = arena_alloc(a, (c->count + 1) * sizeof(**ret_nodes));
	for (unsigned i = 0; i < c->count; i++) {
		if (!client_caps_wants(told, c->nodes[i]))
			(*ret_nodes)[count++] = arena_dup(a, c->nodes[i]);
	}
	return count;
}
