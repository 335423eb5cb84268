/* SPDX-License-Identifier: Apache-2.0 */
/* Questions between occupants (XEP-0045 17.4), and the one of a client whether it is still there
 * (XEP-0410). On the room's loop. */
#pragma once

#include "server/route/feature.h"

extern const struct feature room_relay_feature;
