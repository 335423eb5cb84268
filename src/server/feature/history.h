/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the own archive (XEP-0313): the queries. What is kept is decided in feature/archive. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_history;
