/* SPDX-License-Identifier: Apache-2.0 */
/* The home's side of binding and resuming: classic (RFC 6120 7), inside SASL 2 (XEP-0386), and
 * XEP-0198. */
#pragma once

#include "server/session/session.h"

/* For links: everything that a connection asks. */
extern const struct link_session_ops binding_ops;
