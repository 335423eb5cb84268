/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes into no room, see banned.h. On the room's loop. */
#include "server/room/banned.h"

#include "server/route/banned.h"
#include "server/route/feature.h"

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ .run = NULL },
};

const struct feature room_banned_feature = {
	.name = "room_banned",
	.spec = "XEP-0045 1.35.5",
	.test = "im/banned.talk",
	.hooks = hooks,
};
