/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery (XEP-0030 2.5.0) of the server and of accounts. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_disco;
