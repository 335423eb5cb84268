/* SPDX-License-Identifier: Apache-2.0 */
/* Stream features (RFC 6120 4.3.2): what is offered before and after login. */
#pragma once

#include "server/session/conn.h"
#include "xmpp/sasl.h"

/* Sends <stream:features/> as they are for c now. */
void offer_features(struct conn *c);

/* SASL mechanisms for c (sasl_offer_mechanisms), 0 where login must wait for TLS. */
uint32_t offer_mechanisms(const struct conn *c);
