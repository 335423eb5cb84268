/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map with linear probing, see map.h. */
#include "base/map.h"

#include "base/mem.h"
#include "base/random.h"

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
	random_fill(&m->hash_key, sizeof(m->hash_key));
}

void map_done(struct map *m)
{
	if (!m)
		return;
	mem_free(m->slots);
	*m = (struct map){ .hash_key = m->hash_key };
}

static struct map_slot *find(const struct map *m, struct str key, uint32_t hash)
{
	size_t mask = m->cap - 1;

	if (!m->cap)
		return NULL;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];

		if (!s->key.ptr && !s->is_tomb)
			return NULL;
		if (s->key.ptr && s->hash == hash && str_eq(s->key, key))
			return s;
	}
}

static void place(struct map *m, struct map_slot entry)
{
	size_t mask = m->cap - 1;
	size_t i = entry.hash & mask;

	while (m->slots[i].key.ptr || m->slots[i].is_tomb)
		i = (i + 1) & mask;
	m->slots[i] = entry;
}

static void resize(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t old_cap = m->cap, cap = 8;

	while (cap < m->count * 2 + 2)
		cap *= 2;
	m->slots = mem_zalloc(cap, sizeof(*m->slots));
	m->cap = cap;
	m->used = m->count;
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i].key.ptr)
			place(m, old[i]);
	}
	mem_free(old);
}

void *map_get(const struct map *m, struct str key)
{
	struct map_slot *s = m->cap ? find(m, key, (uint32_t)siphash(m->hash_key, key)) : NULL;

	return s ? s->value : NULL;
}

void *map_set(struct map *m, struct str key, void *value)
{
	uint32_t hash = (uint32_t)siphash(m->hash_key, key);
	struct map_slot *s = find(m, key, hash);

	must(value && key.ptr);
	if (s) {
		void *old = s->value;

		s->key = key;
		s->value = value;
		return old;
	}
	if ((m->used + 1) * 4 > m->cap * 3)
		resize(m);
	place(m, (struct map_slot){ .key = key, .value = value, .hash = hash });
	m->count++;
	m->used++;
	return NULL;
}

void *map_remove(struct map *m, struct str key)
{
	struct map_slot *s = m->cap ? find(m, key, (uint32_t)siphash(m->hash_key, key)) : NULL;
	void *old;

	if (!s)
		return NULL;
	old = s->value;
	*s = (struct map_slot){ .is_tomb = true };
	m->count--;
	return old;
}

void *map_next(const struct map *m, size_t *at)
{
	while (*at < m->cap) {
		struct map_slot *s = &m->slots[(*at)++];

		if (s->key.ptr)
			return s->value;
	}
	return NULL;
}
