/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a message belongs into an account's archive: its preferences (XEP-0441), or those of the
 * server where it has none. On the entity's loop. */
#pragma once

#include "server/model/archive_prefs.h"
#include "server/route/entity.h"

/* What holds for e; borrowed until it changes. */
struct mam_prefs archive_rule_of(const struct entity *e);

/* Whether e keeps a message that it sent to who, or got from who. */
bool archive_rule_keeps(const struct entity *e, struct jid who);
