/* SPDX-License-Identifier: Apache-2.0 */
/* People of other domains that are on a list that others publish (route/block_feed.h): rooms in
 * which they have no affiliation refuse them. */
#pragma once

#include "server/room/room.h"

/* Whether who, a stranger to r, is on such a list. */
bool heard_covers(const struct room *r, struct jid who);

extern const struct feature room_heard_feature;
