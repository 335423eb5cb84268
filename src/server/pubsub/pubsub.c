/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of the service's features. */
#include "server/pubsub/pubsub.h"

#include "server/pubsub/about.h"
#include "server/pubsub/banned.h"
#include "server/pubsub/pending.h"
#include "server/pubsub/service.h"

const struct feature *const pubsub_features[] = { &pubsub_service_feature, &pubsub_about_feature,
						  &pubsub_pending_feature, &pubsub_banned_feature,
						  NULL };
