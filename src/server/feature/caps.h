/* SPDX-License-Identifier: Apache-2.0 */
/* Entity capabilities (XEP-0115 1.6.0): the server's own in its stream features, and what those of
 * its clients mean. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_caps;
