/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the upload service refuses, see banned.h. On the service's loop. */
#include "server/upload/banned.h"

#include "server/route/banned.h"
#include "server/route/feature.h"

const struct feature upload_banned_feature = {
	.name = "upload_banned",
	.spec = "XEP-0363 1.2.0",
	.test = "im/banned.talk",
	.hooks = banned_service_hooks,
};
