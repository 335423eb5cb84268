/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is, for administrators at their clients (XEP-0133 4.10, 4.13 to 4.20). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_count_commands;
