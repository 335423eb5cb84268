/* SPDX-License-Identifier: Apache-2.0 */
/* The card of an account (XEP-0054 1.3.0). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_vcard;
