/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that the server sends later (docs/later.md). Runs on the loop of the entity. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_later;
