/* SPDX-License-Identifier: Apache-2.0 */
/* What the directory of public rooms has of one of them: a row of the service's, key: its JID. Any
 * thread. */
#pragma once

#include "server/model/room_config.h"

struct room_listing {
	struct str address, name, description, lang; /* views of key and value */
	bool is_whole;                               /* the next are known, too */
	bool is_open, is_anonymous; /* no password, no membership; semi-anonymous */
};

/* node: of its JID, the name of a room that has none. */
struct str room_listing_encode(const struct room_config *c, struct str node, struct arena *a);

void room_listing_read(struct str key, struct str value, struct room_listing *ret_listing);
