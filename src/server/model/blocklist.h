/* SPDX-License-Identifier: Apache-2.0 */
/* A set of blocked addresses (XEP-0191), and whom it covers: state and rules without XML or store.
 * One thread at a time. */
#pragma once

#include "base/map.h"
#include "xmpp/jid.h"

enum {
	BLOCKLIST_BYTES_MAX = 512 * 1024, /* of all addresses: the whole is sent as one stanza */
};

struct blocklist {
	struct map items; /* address -> struct blocklist_item */
	size_t bytes;     /* of the addresses */
};

struct blocklist_item {
	struct str jid; /* prepared, owned; any form of XEP-0191 5 */
};

struct blocklist *blocklist_new(void) __attribute__((returns_nonnull));
void blocklist_free(struct blocklist **l);

static inline bool blocklist_is_empty(const struct blocklist *l)
{
	return !l || l->items.count == 0;
}

/* Whether this very address stands there. */
bool blocklist_has(const struct blocklist *l, struct str jid);

void blocklist_add(struct blocklist *l, struct str jid);
void blocklist_remove(struct blocklist *l, struct str jid);

/* XEP-0191 5: whether who is covered by an address of l, which may be NULL: user@domain/resource,
 * user@domain, domain/resource, or domain, which covers all of it. Four look-ups at most. */
bool blocklist_covers(const struct blocklist *l, struct jid who);

/* ---- in the store: space BLOCK_SPACE, key: the address, no value ---- */

#define BLOCK_SPACE  STR("block")
#define REPORT_SPACE STR("report") /* key: the address, value: <report/> (XEP-0377) */
