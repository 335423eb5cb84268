/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes into no room, see banned.h. On the room's loop. */
#include "server/room/banned.h"

#include "server/route/banned.h"
#include "server/route/feature.h"

const struct feature room_banned_feature = {
	.name = "room_banned",
	.spec = "XEP-0045 1.35.5",
	.test = "im/banned.talk",
	.hooks = banned_service_hooks,
};
