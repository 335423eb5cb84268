/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts who move to another address (XEP-0283). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_moved;
