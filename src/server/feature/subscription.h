/* SPDX-License-Identifier: Apache-2.0 */
/* Presence subscriptions (RFC 6121 3), with pre-approval (3.4). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_subscription;
