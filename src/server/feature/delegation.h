/* SPDX-License-Identifier: Apache-2.0 */
/* Namespace delegation (XEP-0355): services that answer requests for the server. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_delegation;
