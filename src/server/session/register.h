/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration before login (XEP-0077 2.4 3.1). After login: feature/register.c. */
#pragma once

#include "server/session/conn.h"

/* An iq on a stream that is not authenticated. False: not for us; the stream is still the caller's
 * to fail. */
bool register_element(struct conn *c, const struct xml *iq);
