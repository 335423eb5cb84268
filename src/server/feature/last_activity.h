/* SPDX-License-Identifier: Apache-2.0 */
/* Last activity (XEP-0012 2.0): how long the server is up, and when an account was last here. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_last_activity;
