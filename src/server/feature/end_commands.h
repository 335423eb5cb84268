/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that end the server (XEP-0133 4.30, 4.31). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_end_commands;
