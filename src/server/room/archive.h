/* SPDX-License-Identifier: Apache-2.0 */
/* The archive of a room (XEP-0313 in rooms). On the room's loop. */
#pragma once

#include "server/route/feature.h"

extern const struct feature room_archive_feature;
