/* SPDX-License-Identifier: Apache-2.0 */
/* Entity time (XEP-0202 2.0) of the server. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_time;
