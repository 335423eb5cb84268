/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to everybody in a room, to one of them, and about it. */
#pragma once

#include "server/room/room.h"

extern const struct feature room_say_feature;
