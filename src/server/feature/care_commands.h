/* SPDX-License-Identifier: Apache-2.0 */
/* Looking after accounts (XEP-0133 4.8, 4.9, 4.29). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_care_commands;
