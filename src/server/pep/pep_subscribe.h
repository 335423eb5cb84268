/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions that are asked for (XEP-0060 6.1, 6.2), and their approval by the owner (8.6). On
 * the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* <subscribe/> and <unsubscribe/>: iq handlers. */
enum verdict pep_on_subscribe(struct dispatch *d, const struct xml *subscribe);
enum verdict pep_on_unsubscribe(struct dispatch *d, const struct xml *unsubscribe);

/* Asks r (one of the account's own) about all that waits for an answer. */
void pep_ask_pending(struct dispatch *d, struct resource *r);

/* Asks an owner of the node at this address about all that waits there. */
void pep_ask_about(struct dispatch *d, const struct pep_node *node, struct str to);

/* WAY_OUT, at a service WAY_IN: an owner's answer to such a question; whether the message was one.
 */
bool pep_take_approval(struct dispatch *d);
