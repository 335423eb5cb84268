/* SPDX-License-Identifier: Apache-2.0 */
/* Messages (RFC 6121 5 and 8.5): where they go. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_message;
