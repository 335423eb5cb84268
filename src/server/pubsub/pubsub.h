/* SPDX-License-Identifier: Apache-2.0 */
/* What serves the addresses of the publish-subscribe service (XEP-0060): the nodes of server/pep
 * under a domain of its own. */
#pragma once

#include "server/route/feature.h"

/* Ended by NULL. */
extern const struct feature *const pubsub_features[];
