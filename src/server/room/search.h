/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the directory of public rooms (XEP-0433). On the loop of the service. */
#pragma once

#include "server/room/room.h"

extern const struct feature room_search_feature;
