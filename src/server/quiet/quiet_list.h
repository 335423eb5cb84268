/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in the quiet box, for the user to see. On the entity's loop. */
#pragma once

#include "server/model/quiet.h"
#include "server/route/dispatch.h"

enum { QUIET_PAGE_MAX = 100 /* strangers in one answer */ };

/* Those who wait, the newest first; in the arena: count of them. */
size_t quiet_sorted(const struct entity *e, struct arena *a, const struct quiet_item ***ret_items);

/* <box/> (docs/quiet.md): a page of strangers, or all that one has sent. */
enum verdict quiet_on_list(struct dispatch *d);
