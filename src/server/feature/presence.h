/* SPDX-License-Identifier: Apache-2.0 */
/* Presence (RFC 6121 4): broadcast, probes, directed presence. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_presence;
