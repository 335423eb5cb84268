/* SPDX-License-Identifier: Apache-2.0 */
/* What the service and its rooms say of themselves (XEP-0045 6). On the room's loop. */
#pragma once

#include "server/route/feature.h"

extern const struct feature room_about_feature;
