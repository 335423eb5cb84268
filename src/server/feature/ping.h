/* SPDX-License-Identifier: Apache-2.0 */
/* Ping (XEP-0199 2.0.1) of the server and of the own account. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_ping;
