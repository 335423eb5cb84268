/* SPDX-License-Identifier: Apache-2.0 */
/* Privileged entities (XEP-0356): what services may do in the name of users. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_privilege;
