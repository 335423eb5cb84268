/* SPDX-License-Identifier: Apache-2.0 */
/* What a client must not get ahead of older messages that are held back from it
 * (resource.held_from, feature/offline): all that is not stored, and so cannot be read again when
 * its turn comes. Each thing is kept with its place, the newest message of the account's archive
 * behind which it came, and goes out there (RFC 6120 10.1). On the entity's loop.
 *
 * Presence and messages wait behind everything, since what is in the archive may be from anybody. A
 * request or an answer (iq) from others waits only when something of the same bare address does
 * that came since the client is behind: somebody waits for it. The same of all that a room sends,
 * of which the archive has private messages only. What the client has asked of its own account, and
 * iq of its own account, never waits.
 *
 * Bounds, of one client: limits.held_stanzas, and half of limits.output_bytes, each stanza counted
 * with HELD_COST. At the bound a chat state goes that is older than a message of the same sender
 * which waits, too, and a presence that he has replaced by another one: neither says anything any
 * more. If that is not enough, the session ends as with any other output that is not taken. With
 * the session goes what waits; senders of what was not stored hear of it (XEP-0198 4). */
#pragma once

#include "server/route/effect.h"
#include "server/route/resource.h"

/* Whether effect (DELIVER, serialised) does not go out now: it waits, or is read from the archive
 * later. */
bool hold_back(struct resource *r, const struct effect *effect);

/* The oldest that waits, if its place is in front of below; or NULL. It stays there, and r's. */
struct bytes *hold_first(const struct resource *r, int64_t below);
void hold_drop_first(struct resource *r);

/* Delivers all at once: to a client that does not want what it is behind with. */
void hold_release(struct resource *r);

/* Nothing is held back any more. What waits is dropped. */
void hold_end(struct resource *r);
