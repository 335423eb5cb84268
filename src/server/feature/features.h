/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of features. */
#pragma once

#include "server/route/feature.h"

/* Ended by NULL. Within a phase, hooks run in this order. */
extern const struct feature *const features[];
