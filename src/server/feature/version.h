/* SPDX-License-Identifier: Apache-2.0 */
/* Software version (XEP-0092 1.1) of the server. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_version;
