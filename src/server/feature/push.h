/* SPDX-License-Identifier: Apache-2.0 */
/* Push notifications (XEP-0357) of an account. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_push;
