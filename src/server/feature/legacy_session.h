/* SPDX-License-Identifier: Apache-2.0 */
/* The session request of RFC 3921 3, which RFC 6121 made needless: clients that still send it get
 * their answer. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_legacy_session;
