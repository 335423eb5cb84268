/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map from byte strings to pointers, open addressing, keyed hash. Keys are borrowed: they
 * usually live inside the value, and must stay as long as their entry. One thread at a time. */
#pragma once

#include "base/siphash.h"
#include "base/str.h"

struct map_slot {
	struct str key; /* ptr NULL: empty or removed */
	void *value;
	uint32_t hash;
	bool is_tomb;
};

struct map {
	struct map_slot *slots; /* NULL while empty */
	size_t cap;             /* a power of two */
	size_t count;
	size_t used; /* count and tombs */
	struct siphash_key hash_key;
};

/* Takes a fresh hash key from base/random. */
void map_init(struct map *m);

/* Frees the table, not keys or values. */
void map_done(struct map *m);

/* The value of key, or NULL. */
void *map_get(const struct map *m, struct str key);

/* Sets key to value (not NULL); gives the value that stood there before, or NULL. On replacing, the
 * new key's memory is used. */
void *map_set(struct map *m, struct str key, void *value);

/* Removes; gives the value that stood there, or NULL. */
void *map_remove(struct map *m, struct str key);

/* Walks all values: size_t at = 0; while ((v = map_next(&m, &at))). Entries may be removed on the
 * way, not added. */
void *map_next(const struct map *m, size_t *at);
