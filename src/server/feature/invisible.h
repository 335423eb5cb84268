/* SPDX-License-Identifier: Apache-2.0 */
/* A client is there without being seen (XEP-0186). Runs on the loop of the entity. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_invisible;
