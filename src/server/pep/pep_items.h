/* SPDX-License-Identifier: Apache-2.0 */
/* Reading items (XEP-0060 6.5), and the last ones for who comes online (XEP-0163 4.3.3). Payloads
 * are in the store: what is read holds all that was handled before. On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* <items/>: an iq handler. */
enum verdict pep_on_items(struct dispatch *d, const struct xml *items);

/* Sends the last item of each of these nodes that to (a full JID; to be in the arena, as the names)
 * may read and that is configured to be sent, behind all that was handled before. For a hook, or a
 * dispatch without a stanza; resumed: what goes on afterwards, see dispatch_wait. WAIT, or PASS if
 * there is nothing to send. */
enum verdict pep_send_last(struct dispatch *d, const struct str *nodes, size_t count,
			   struct jid to);

/* The same for one node, whatever it says about presence: for a new subscriber, who may be any
 * address. */
enum verdict pep_send_last_of(struct dispatch *d, const struct pep_node *node, struct jid to);
