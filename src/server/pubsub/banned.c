/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the publish-subscribe service refuses, see banned.h. On the service's loop. */
#include "server/pubsub/banned.h"

#include "server/route/banned.h"
#include "server/route/feature.h"

const struct feature pubsub_banned_feature = {
	.name = "pubsub_banned",
	.spec = "XEP-0060 1.30.0",
	.test = "im/banned.talk",
	.hooks = banned_service_hooks,
};
