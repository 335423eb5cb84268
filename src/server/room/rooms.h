/* SPDX-License-Identifier: Apache-2.0 */
/* The features that serve the rooms' realm: what is not here does not exist there. */
#pragma once

#include "server/route/feature.h"

/* Ended by NULL. */
extern const struct feature *const room_features[];
