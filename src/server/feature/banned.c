/* SPDX-License-Identifier: Apache-2.0 */
/* Whom no account hears, nor the server, see banned.h: asked in front of all else. On the entity's
 * loop. */
#include "server/feature/banned.h"

#include "server/route/banned.h"
#include "server/route/feature.h"

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, banned_guard },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, banned_guard },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, banned_guard },
	{ STANZA_MESSAGE, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ STANZA_PRESENCE, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ STANZA_IQ, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ .run = NULL },
};

const struct feature feature_banned = {
	.name = "banned",
	.spec = "XEP-0191 1.3",
	.test = "im/banned.talk",
	.hooks = hooks,
};
