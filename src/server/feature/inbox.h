/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox (XEP-0430): every conversation with its last message and what is unread in it, and
 * urn:parley:inbox:0 where that falls short (docs/inbox.md). The work is done in server/inbox. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_inbox;
