/* SPDX-License-Identifier: Apache-2.0 */
/* What of the messages is kept: the archive of users (XEP-0313 5.1), stanza ids (XEP-0359), hints
 * (XEP-0334), and nothing twice (DECISIONS 7). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_archive;
