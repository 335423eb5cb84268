/* SPDX-License-Identifier: Apache-2.0 */
/* Message displayed synchronization with server assist (XEP-0490): how far the account has read,
 * published for its clients, and known to the server (model/displayed.h, entity->displayed). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_displayed;
