/* SPDX-License-Identifier: Apache-2.0 */
/* What the service and its nodes say of themselves (XEP-0060 5, XEP-0462). */
#pragma once

#include "server/route/feature.h"

extern const struct feature pubsub_about_feature;
