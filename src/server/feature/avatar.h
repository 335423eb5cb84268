/* SPDX-License-Identifier: Apache-2.0 */
/* Avatars (XEP-0084 1.1.4) for those who know cards only (XEP-0153 1.1.1, XEP-0398 1.0.0). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_avatar;
