/* SPDX-License-Identifier: Apache-2.0 */
/* The service itself: requests, and what comes to it without one (XEP-0060). */
#pragma once

#include "server/route/feature.h"

extern const struct feature pubsub_service_feature;
