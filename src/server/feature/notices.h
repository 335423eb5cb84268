/* SPDX-License-Identifier: Apache-2.0 */
/* Message of the day and welcome message (XEP-0133 4.24 to 4.28). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_notices;
