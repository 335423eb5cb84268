/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own entity capabilities (XEP-0115 1.6.0), in its stream features. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_caps;
