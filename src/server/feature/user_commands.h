/* SPDX-License-Identifier: Apache-2.0 */
/* Administration of accounts from a client (XEP-0133 4.1 to 4.7). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_user_commands;
