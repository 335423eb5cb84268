/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a roster: stored and told to the user's clients (RFC 6121 2.1.6). For the features
 * that change it. */
#pragma once

#include "server/route/dispatch.h"
#include "server/route/roster_view.h"

/* The <item/> as clients see it; subscription 'remove' for one that goes. */
struct xml *roster_item_el(struct arena *a, const struct roster_item *item, bool is_removed);

/* item has changed, or goes (is_removed: it is freed here): a new version, the store, and where
 * is_push is set the pushes. */
void roster_changed(struct dispatch *d, struct roster_item *item, bool is_removed, bool is_push);
