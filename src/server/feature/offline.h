/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for clients that come without asking for history (XEP-0160): a view of the archive. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_offline;
