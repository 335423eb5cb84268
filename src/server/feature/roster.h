/* SPDX-License-Identifier: Apache-2.0 */
/* The roster and subscriptions (RFC 6121 2 and 3), roster versioning (RFC 6121 2.6, XEP-0237). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_roster;
