/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits to be let in, for the owners of a node (XEP-0060 8.7). */
#pragma once

#include "server/route/feature.h"

extern const struct feature pubsub_pending_feature;
