/* SPDX-License-Identifier: Apache-2.0 */
/* Where the mark of offline messages is in the store: the empty key of this space holds a place in
 * the archive, in decimal; what is behind it with ARCHIVE_OFFLINE has reached no client. */
#pragma once

#include "base/str.h"

#define OFFLINE_SPACE STR("offline")

/* The same of the first place where something hidden (ARCHIVE_HIDDEN) may wait. */
#define OFFLINE_HIDDEN_KEY STR("hidden")
