/* SPDX-License-Identifier: Apache-2.0 */
/* Whom an account does not want to hear, for all that would deliver or send (XEP-0191). On the
 * entity's loop. */
#pragma once

#include "server/model/blocklist.h"
#include "server/route/entity.h"

/* Whether e blocks who. Never the account itself (XEP-0191 6, note), nor the server that it is on:
 * what the server says and is asked is no communication with somebody else. */
bool blocking_covers(const struct entity *e, struct jid who);

/* The same of an address as text; what is no address is not blocked. */
bool blocking_covers_text(const struct entity *e, struct arena *a, struct str who);
