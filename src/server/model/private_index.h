/* SPDX-License-Identifier: Apache-2.0 */
/* What an account keeps in its private storage (XEP-0049), by name and size: the bounds are looked
 * at here, the text itself stays in the store (route/private_store.h). On the loop of its entity.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"

enum {
	PRIVATE_NAME_MAX = 512, /* bytes of a key: namespace and name of an element */
};

struct private_index {
	struct map items; /* key -> struct private_item */
	size_t bytes;     /* of all keys and texts */
};

struct private_item {
	struct str key; /* owned */
	size_t bytes;   /* of the text */
};

struct private_index *private_index_new(void) __attribute__((returns_nonnull));
void private_index_free(struct private_index **x);

/* "{ns}name": what an element is kept under. */
struct str private_key(struct arena *a, struct str ns, struct str name);

bool private_index_has(const struct private_index *x, struct str key);

/* What it changes that key gets a text of this many bytes; 0: that it goes. */
struct private_index_change {
	size_t old_items, old_bytes, new_items, new_bytes;
};
struct private_index_change private_index_change(const struct private_index *x, struct str key,
						 size_t bytes);

/* Notes that. */
void private_index_set(struct private_index *x, struct str key, size_t bytes);

/* ---- in the store: space PRIVATE_SPACE has the texts, PRIVATE_SIZES their sizes ---- */

#define PRIVATE_SPACE STR("private")
#define PRIVATE_SIZES STR("private_size")

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err private_index_decode(struct private_index *x, struct str key, struct str value);
