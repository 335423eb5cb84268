/* SPDX-License-Identifier: Apache-2.0 */
/* A realm: the addresses of one domain of ours and the features that serve them. The first realm of
 * every home is that of the users; rooms are another. An entity belongs to one realm for life.
 * Constant after start; any thread. */
#pragma once

#include "base/str.h"

struct registry;

struct realm {
	struct str domain; /* prepared; lives as long as the server */
	const struct registry *registry;
	bool has_accounts;   /* an entity without an account in the store does not exist */
	size_t entity_bytes; /* of the features' state; set by home_add_realm, as is what follows */
	const struct str *spaces; /* keyval spaces that are read with an entity */
	unsigned space_count;
};

enum { REALMS_MAX = 8 };
