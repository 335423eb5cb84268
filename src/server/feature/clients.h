/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of an account, listed and signed out (XEP-0494 0.1.0, without grants). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_clients;
