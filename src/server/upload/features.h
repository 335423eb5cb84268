/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of what the service of uploads does in XMPP; ended by NULL. */
#pragma once

#include "server/route/feature.h"

extern const struct feature *const upload_features[];
