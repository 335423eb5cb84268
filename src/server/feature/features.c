/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of features: what is not here does not exist. */
#include "server/feature/features.h"

#include "server/feature/archive.h"
#include "server/feature/message.h"
#include "server/feature/offline.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/feature/subscription.h"

const struct feature *const features[] = {
	&feature_roster,
	&feature_subscription,
	&feature_presence,
	&feature_archive,
	&feature_message,
	&feature_offline,
	NULL,
};
