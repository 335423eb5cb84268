/* SPDX-License-Identifier: Apache-2.0 */
/* The archive of a room (XEP-0313 in rooms). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Whether who d is from may read what was said; false: d is answered, that he may not, or that
 * there is no such room. */
must_check bool room_archive_is_open(struct dispatch *d);

extern const struct feature room_archive_feature;
