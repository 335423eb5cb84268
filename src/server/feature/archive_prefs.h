/* SPDX-License-Identifier: Apache-2.0 */
/* Archiving preferences (XEP-0441): what an account wants to have in its archive. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_archive_prefs;
