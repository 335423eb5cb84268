/* SPDX-License-Identifier: Apache-2.0 */
/* People who can be found by others of the server (XEP-0055), if they want to. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_people;
