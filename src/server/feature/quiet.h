/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box (urn:parley:quiet:0, docs/quiet.md): requests and first messages of strangers wait
 * there without a sound, for accounts that want it. On the entity's loop. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_quiet;
