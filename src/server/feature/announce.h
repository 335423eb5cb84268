/* SPDX-License-Identifier: Apache-2.0 */
/* Announcements of administrators (XEP-0133 4.23). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_announce;
