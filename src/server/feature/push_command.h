/* SPDX-License-Identifier: Apache-2.0 */
/* A command (XEP-0050) with which people see what became of the pushes to their devices. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_push_command;
