/* SPDX-License-Identifier: Apache-2.0 */
/* Stream features (RFC 6120 4.3.2): what is offered before and after login. */
#pragma once

#include "server/session/conn.h"
#include "xmpp/sasl.h"

/* Sends <stream:features/> as they are for c now. */
void offer_features(struct conn *c);

/* SASL mechanisms for c (sasl_offer_mechanisms), 0 where login must wait for TLS. */
uint32_t offer_mechanisms(const struct conn *c);

/* The channel bindings that this connection has (XEP-0440), with their data in the arena; how many.
 */
size_t offer_bindings(const struct conn *c, struct arena *a,
		      struct scram_binding ret_bindings[SASL_BINDINGS_MAX]);
