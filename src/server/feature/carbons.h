/* SPDX-License-Identifier: Apache-2.0 */
/* Message carbons (XEP-0280): all devices of an account see both sides of each conversation. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_carbons;
