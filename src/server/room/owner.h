/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a room, and its end (XEP-0045 10): http://jabber.org/protocol/muc#owner. On the
 * room's loop. */
#pragma once

#include "server/route/feature.h"

extern const struct feature room_owner_feature;
