/* SPDX-License-Identifier: Apache-2.0 */
/* Login on a connection: SASL as in RFC 6120 6 and as in XEP-0388. On the connection's loop. */
#pragma once

#include "server/session/conn.h"

/* An element of SASL. False as in stream_events. */
bool auth_element(struct conn *c, struct xml *el);

/* What the home answered to what was inline in SASL 2: sends <success/>. */
void auth_bound(struct conn *c, const struct bind_answer *answer);
