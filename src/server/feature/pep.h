/* SPDX-License-Identifier: Apache-2.0 */
/* Personal eventing (XEP-0163 1.2.2) with the part of pubsub (XEP-0060) that it needs. What it does
 * is in server/pep; here are its tables. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_pep;
