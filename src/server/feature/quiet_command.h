/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box by commands (XEP-0050), for clients that do not know it. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_quiet_command;
